// What a tool's stores get from the worker's Call: answers of the operations with audience 'worker' over a session's state.
// `revision` goes back as the base of an effect that depends on what was read.
import type { FileEntry, ValueEntry } from './capability.ts'

/** list_session_files {path, recursive}: entries below `path`, ordered by path (bytes). A missing path has none. */
export interface ListedFile {
  entry: FileEntry
  revision: string
}

/** read_session_file {path} → this or null; session_text_files {glob?} → a list of these, 20 MB together at most. */
export interface ReadFile extends ListedFile {
  /** Text, or base64 where the entry's encoding says so; empty for a directory. */
  content: string
}

/** list_session_values, list_session_secrets → a list of these, by key. */
export interface ListedValue {
  entry: ValueEntry
  revision: string
}

/** get_session_value {key}, get_session_secret {name} → this or null. */
export interface ReadValue extends ListedValue {
  value: string
}
