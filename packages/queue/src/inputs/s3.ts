/** @file Requests to a server that speaks S3: where it is and who asks, from the environment as AWS' tools have it. */
import { AwsClient } from 'aws4fetch';
import { RuntimeError } from '@slowfast/core';

type Environment = Readonly<Record<string, string | undefined>>;

/** The signed request for `s3://bucket/key`. Rejects with {@link RuntimeError} without credentials. */
export async function s3Request(address: string, env: Environment): Promise<Request> {
  const { hostname: bucket, pathname } = new URL(address);
  const [accessKeyId, secretAccessKey] = [env['AWS_ACCESS_KEY_ID'], env['AWS_SECRET_ACCESS_KEY']];
  if (!accessKeyId || !secretAccessKey) {
    throw new RuntimeError({
      site: `s3://${bucket}`,
      expected: 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment',
      received: 'none',
      remedy: 'AWS_REGION and AWS_ENDPOINT_URL say where the bucket is',
    });
  }
  const region = env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? 'us-east-1';
  const endpoint = env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL'];
  // Other servers rarely have a name for each bucket.
  const place = endpoint
    ? `${endpoint.replace(/\/+$/, '')}/${bucket}`
    : `https://${bucket}.s3.${region}.amazonaws.com`;
  const sessionToken = env['AWS_SESSION_TOKEN'];
  const client = new AwsClient({
    ...{ accessKeyId, secretAccessKey, region, service: 's3', retries: 0 },
    ...(sessionToken ? { sessionToken } : {}),
  });
  return client.sign(`${place}${pathname}`);
}
