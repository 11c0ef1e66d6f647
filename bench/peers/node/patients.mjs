/** Where the patients are read. */
export const PATH = '/api/patients'

/** The patients of samples/api, in the order of its bytes. */
export const PATIENTS = {
  10109925624: { age: 21, name: 'Olav' },
  13099845614: { age: 22, name: 'Oda' },
  13109525611: { age: 25, name: 'Johannes' },
  17107023612: { age: 51, name: 'Vegard' },
  19109355618: { age: 27, name: 'Sigrid' },
}
