/** @file The description of the server: what routes do not say of themselves by the schemas of their queries. */
import type { Settings } from './options.js';
import { VERSION } from './version.js';

const error = (description: string) => ({
  description,
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
});

const json = (description: string, schema: object) => ({
  description,
  content: { 'application/json': { schema } },
});

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

const bytes = { schema: { type: 'string', format: 'binary' } };

const TENSOR_PARAMETERS = { type: 'object', additionalProperties: true };

const number = { type: 'number' };
const text = { type: 'string' };
const listOf = (items: object) => ({ type: 'array', items });
const object = (
  properties: Readonly<Record<string, object>>,
  required = Object.keys(properties),
) => ({
  type: 'object',
  properties,
  required,
});

const tensor = (more: Readonly<Record<string, object>>) => ({
  ...object({ name: text, shape: listOf({ type: 'integer' }), datatype: text }),
  properties: {
    name: text,
    shape: listOf({ type: 'integer' }),
    datatype: { type: 'string', example: 'FP32' },
    ...more,
  },
});

const SCHEMAS = {
  Error: object({ error: text }),
  Prediction: object({ index: { type: 'integer' }, label: text, score: number }),
  Classification: object({
    model: text,
    views: { type: 'string', example: '10x3' },
    predictions: listOf(ref('Prediction')),
    warnings: listOf(text),
    timing: {
      type: 'object',
      description: 'Milliseconds in all, in the model, waiting for frames.',
    },
  }),
  Detection: object({
    detector: object({ kind: text }),
    keyFrames: listOf(
      object({
        time: number,
        frame: { type: 'integer' },
        boxes: listOf(
          object({
            box: { ...listOf(number), description: 'x1, y1, x2, y2 in parts of the frame.' },
            score: number,
            track: { type: 'integer' },
            actions: listOf(ref('Prediction')),
          }),
        ),
      }),
    ),
    warnings: listOf(text),
  }),
  Features: object({
    features: {
      type: 'object',
      additionalProperties: object({
        shape: listOf({ type: 'integer' }),
        data: { description: 'Numbers, or base64 of little-endian float32.' },
      }),
    },
    times: { ...listOf(listOf(number)), description: 'Start and end of each window in seconds.' },
    warnings: listOf(text),
  }),
  InferRequest: object(
    {
      id: text,
      parameters: TENSOR_PARAMETERS,
      inputs: listOf(tensor({ parameters: TENSOR_PARAMETERS, data: { type: 'array', items: {} } })),
      outputs: listOf(object({ name: text, parameters: TENSOR_PARAMETERS }, ['name'])),
    },
    ['inputs'],
  ),
  InferResponse: object(
    {
      model_name: text,
      model_version: text,
      id: text,
      outputs: listOf(
        tensor({ parameters: TENSOR_PARAMETERS, data: { type: 'array', items: {} } }),
      ),
    },
    ['model_name', 'outputs'],
  ),
} as const;

const busy = {
  ...error('The queue is full, or the server is ending.'),
  headers: { 'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } } },
};

const FAILURES = {
  400: error('What was sent is wrong.'),
  401: error('The API key is missing or not known.'),
  413: error('What was sent is too large.'),
  503: busy,
  504: error('It took too long.'),
};

const video = (summary: string, schema: string) => ({
  summary,
  tags: ['Videos'],
  requestBody: {
    required: true,
    content: {
      'video/*': bytes,
      'application/octet-stream': bytes,
      'application/json': {
        schema: object({ url: { type: 'string', description: 'Of a host that is allowed.' } }),
      },
    },
  },
  responses: {
    200: {
      description: 'The result; as events: progress, then result or error.',
      content: {
        'application/json': { schema: ref(schema) },
        'text/event-stream': { schema: text },
      },
    },
    403: error('This URL is not allowed.'),
    422: error('This is no video that can be used, or one that is too long.'),
    ...FAILURES,
  },
});

const tensors = (summary: string, schema: object = { type: 'object' }) => ({
  summary,
  tags: ['Tensors (KServe v2)'],
  responses: { 200: json('The answer.', schema), 404: error('There is no such model.') },
});

const infer = {
  ...tensors('Run a model on tensors'),
  requestBody: {
    required: true,
    content: {
      'application/json': { schema: ref('InferRequest') },
      'application/octet-stream': bytes,
    },
  },
  responses: {
    200: {
      description: 'Outputs; with bytes after the JSON where they were asked for.',
      content: {
        'application/json': { schema: ref('InferResponse') },
        'application/octet-stream': bytes,
      },
    },
    404: error('There is no such model.'),
    ...FAILURES,
  },
};

const ROUTES: Readonly<Record<string, object>> = {
  '/v2': tensors('Name, version and extensions of the server'),
  '/v2/health/live': tensors('Whether the server runs'),
  '/v2/health/ready': tensors('Whether it takes requests'),
  ...Object.fromEntries(
    ['/v2/models/{name}', '/v2/models/{name}/versions/{version}'].flatMap((at) => [
      [at, tensors('Inputs and outputs of a model')],
      [`${at}/ready`, tensors('Whether a model takes requests')],
      [`${at}/config`, tensors("A model's configuration, in the form of Triton's")],
      [`${at}/infer`, infer],
    ]),
  ),
  '/classify': video('Classes of a video', 'Classification'),
  '/detect': video('Actions of the people in a video', 'Detection'),
  '/features': video('Features of the windows of a video', 'Features'),
  '/metrics': {
    summary: 'What was done, as Prometheus reads it',
    tags: ['Server'],
    responses: { 200: { description: 'Text.', content: { 'text/plain': { schema: text } } } },
  },
  '/openapi.json': {
    summary: 'This description',
    tags: ['Server'],
    responses: { 200: json('OpenAPI 3.0.', { type: 'object' }) },
  },
};

/** The document without its routes. */
export const openApi = ({ keys }: Settings) => ({
  openapi: '3.0.3' as const,
  info: {
    title: 'SlowFast',
    description:
      'Tensors by KServe v2, as Triton speaks it; classes, actions and features of videos.',
    version: VERSION,
  },
  components: {
    schemas: SCHEMAS as never,
    ...(keys.length === 0
      ? {}
      : { securitySchemes: { key: { type: 'http' as const, scheme: 'bearer' } } }),
  },
  ...(keys.length === 0 ? {} : { security: [{ key: [] }] }),
});

/** Adds to each route what it is for; its parameters are there already. */
export function documented<T extends object>(document: T): T {
  const { paths = {} } = document as { paths?: Record<string, Record<string, object>> };
  for (const [path, operations] of Object.entries(paths)) {
    for (const operation of Object.values(operations)) Object.assign(operation, ROUTES[path]);
  }
  return document;
}
