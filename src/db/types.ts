// How column values come back: int8 and numeric (which sums of int8 are) as numbers, because our counters stay below 2^53.
import pg from 'pg'

const int8 = 20
const numeric = 1700

export const types: pg.CustomTypesConfig = {
  getTypeParser(oid, format) {
    if ((oid === int8 || oid === numeric) && format !== 'binary') return Number
    return pg.types.getTypeParser(oid, format)
  },
}
