// A disk that can be filled: a file system in memory of a few hundred megabytes, and a file that takes whatever is left of it.
import { execFile } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { mkdir, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { CannotBeTried } from '../scenarios/scenario.ts'

const run = promisify(execFile)
/** First large pieces, then small ones for the rest; bytes. */
const pieces = [1_048_576, 4_096].map((bytes) => Buffer.alloc(bytes))
const topUpMs = 100

export class SmallDisk {
  /** An empty folder on the disk. */
  readonly folder: string
  readonly #mounted: string
  #filling: Promise<void> | null = null
  #isFull = false

  private constructor(mounted: string) {
    this.#mounted = mounted
    this.folder = join(mounted, 'postgres')
  }

  /** Only root may mount: throws CannotBeTried for anybody else. */
  static async mount(megabytes: number): Promise<SmallDisk> {
    if (process.getuid?.() !== 0) throw new CannotBeTried('only root can mount a small disk')
    const at = mkdtempSync(join(tmpdir(), 'everruns-faults-disk-'))
    await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'tmpfs', at]).catch((error: Error) => {
      throw new CannotBeTried(`a small disk cannot be mounted: ${error.message}`)
    })
    const disk = new SmallDisk(at)
    await mkdir(disk.folder)
    return disk
  }

  /** Resolves when nothing more can be written; what others give back is taken too, until `free`. */
  async fill(): Promise<void> {
    this.#isFull = true
    await this.#takeAll()
    this.#filling = this.#keepFull()
  }

  async free(): Promise<void> {
    this.#isFull = false
    await this.#filling
    await rm(this.#filler, { force: true })
  }

  async unmount(): Promise<void> {
    await this.free()
    await run('umount', [this.#mounted])
    await rm(this.#mounted, { recursive: true, force: true })
  }

  get #filler(): string {
    return join(this.#mounted, 'filler')
  }

  async #keepFull(): Promise<void> {
    while (this.#isFull) {
      await wait(topUpMs)
      await this.#takeAll()
    }
  }

  async #takeAll(): Promise<void> {
    const file = await open(this.#filler, 'a')
    try {
      for (const piece of pieces) while (await took(file.write(piece), piece.length));
    } finally {
      await file.close()
    }
  }
}

/** False when the disk had not enough room for the whole piece. */
async function took(writing: Promise<{ bytesWritten: number }>, bytes: number): Promise<boolean> {
  try {
    return (await writing).bytesWritten === bytes
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false
    throw error
  }
}
