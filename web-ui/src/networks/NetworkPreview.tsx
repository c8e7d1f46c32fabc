import { Skeleton, Text } from '@mantine/core';
import { Suspense } from 'react';
import type { Network } from '../api/types.ts';
import { networks } from './index.tsx';
import type { PreviewProps } from './preview.ts';

export function NetworkPreview({ network, post }: { network: Network; post: PreviewProps }) {
  const { preview: Shown, name } = networks[network];
  if (!Shown) return <Text c="dimmed">There is no picture of {name} yet.</Text>;
  return (
    <Suspense fallback={<Skeleton h={320} radius="lg" />}>
      <Shown {...post} />
    </Suspense>
  );
}
