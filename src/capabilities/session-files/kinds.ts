// What a file's name says about reading it: how many lines at first, from which end, or none at all.

export type Kind =
  | { reads: 'lines'; contentType?: 'log' | 'csv' | 'minified'; lines: number; tail?: true; header?: true }
  | { reads: 'nothing'; mediaType?: string }

const images: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
}
const binaries = new Set(
  `7z a bin bmp bz2 class dll dmg doc docx dylib eot exe flac gz ico iso jar mkv mov mp3 mp4 o ogg otf pdf ppt pptx pyc rar so
  sqlite sqlite3 tar tgz tif tiff ttf wasm wav webm woff woff2 xls xlsx xz zip zst`.split(/\s+/),
)

export function kindOf(name: string, encoding: 'text' | 'base64'): Kind {
  const lower = name.toLowerCase()
  const extension = /\.([^.]*)$/.exec(lower)?.[1] ?? ''
  if (encoding === 'base64' || binaries.has(extension)) return { reads: 'nothing', mediaType: images[extension] }
  if (/\.min\.(js|css)$/.test(lower)) return { reads: 'lines', contentType: 'minified', lines: 20 }
  if (extension === 'log' || extension === 'out') return { reads: 'lines', contentType: 'log', lines: 500, tail: true }
  if (extension === 'csv' || extension === 'tsv') return { reads: 'lines', contentType: 'csv', lines: 100, header: true }
  return { reads: 'lines', lines: 2000 }
}
