/** Where the patients are read. */
export const PATH = '/api/patients'

/** The patients of samples/api, in the order of its bytes. */
export const PATIENTS = {
  '05116923456': { age: 57, name: 'Bjørn Lævås' },
  '09090345678': { age: 23, name: 'Torbjørg Nygård' },
  13109525611: { age: 25, name: 'Johannes' },
  24078012345: { age: 46, name: 'Åse Ødegård' },
  30019234567: { age: 34, name: 'Guro Sæther' },
}
