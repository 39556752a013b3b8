// Workspaces through their operations, on a real database.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OperationHouse, operationHouse } from '../../../test/support/operations.ts'
import { newId } from '../../contract/ids.ts'
import { createWorkspace } from './create.ts'
import { deleteWorkspace } from './delete.ts'
import { getWorkspace } from './get.ts'
import { listWorkspaces } from './list.ts'
import { updateWorkspace } from './update.ts'

let house: OperationHouse
beforeAll(async () => {
  house = await operationHouse()
})
afterAll(() => house.close())

test('names are unique in the organisation', async () => {
  const { id } = await house.ask(createWorkspace, { name: 'One', description: 'first' })
  await expect(house.ask(createWorkspace, { name: 'One' })).rejects.toMatchObject({
    kind: 'conflict',
    code: 'workspace_name_taken',
  })
  const other = await house.ask(createWorkspace, { name: 'Other' })
  await expect(house.ask(updateWorkspace, { workspace_id: other.id, name: 'One' })).rejects.toMatchObject({ kind: 'conflict' })
  expect(await house.ask(updateWorkspace, { workspace_id: id, name: 'One' })).toMatchObject({ name: 'One', description: 'first' })
})

test('null clears the description, what is left out stays', async () => {
  const { id: workspace_id } = await house.ask(createWorkspace, { name: 'Described', description: 'x' })
  expect((await house.ask(updateWorkspace, { workspace_id, name: 'Renamed' })).description).toBe('x')
  expect((await house.ask(updateWorkspace, { workspace_id, description: null })).description).toBeUndefined()
})

test('delete archives: gone from the list, readable, back with status active', async () => {
  const { id: workspace_id } = await house.ask(createWorkspace, { name: 'Short-lived' })
  await house.ask(deleteWorkspace, { workspace_id })
  await house.ask(deleteWorkspace, { workspace_id })
  const ids = async (include_archived: boolean) =>
    (await house.ask(listWorkspaces, { include_archived })).data.map(({ id }) => id)
  expect(await ids(false)).not.toContain(workspace_id)
  expect(await ids(true)).toContain(workspace_id)
  const archived = await house.ask(getWorkspace, { workspace_id })
  expect(archived).toMatchObject({ status: 'archived', archived_at: expect.any(String) })
  await expect(house.ask(updateWorkspace, { workspace_id, name: 'X' })).rejects.toMatchObject({ kind: 'bad_request' })
  const back = await house.ask(updateWorkspace, { workspace_id, status: 'active' })
  expect(back).toMatchObject({ status: 'active' })
  expect(back.archived_at).toBeUndefined()
})

test('search takes every word', async () => {
  await house.ask(createWorkspace, { name: 'Search me', description: 'with care' })
  expect((await house.ask(listWorkspaces, { search: 'CARE search' })).data).toHaveLength(1)
  expect((await house.ask(listWorkspaces, { search: 'care nothing' })).data).toHaveLength(0)
})

test('another organisation sees nothing', async () => {
  const { id: workspace_id } = await house.ask(createWorkspace, { name: 'Ours' })
  await expect(house.ask(getWorkspace, { workspace_id }, { orgId: newId() })).rejects.toMatchObject({ kind: 'not_found' })
})
