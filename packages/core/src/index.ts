export * from './errors.js';
export * from './tensor.js';
export * from './weights/store.js';
export * from './model/recipe.js';
