// The operations on models.
import { modelConfig } from './config.ts'
import { createModel } from './create.ts'
import { deleteModel } from './delete.ts'
import { getModel } from './get.ts'
import { listAllModels } from './list.ts'
import { listProviderModels } from './list-of-provider.ts'
import { updateModel } from './update.ts'

export const models = [listAllModels, modelConfig, getModel, updateModel, deleteModel, listProviderModels, createModel]
