import { Button, FileButton, Group, Stack, Text } from '@mantine/core';
import { IconUpload } from '@tabler/icons-react';
import { useState } from 'react';
import type { AssetView } from '../../../api/types.ts';
import { fileSize } from '../../../lib/format.ts';
import { Notice } from '../../../ui/Notice.tsx';
import type { HalfSent } from '../halfsent.ts';

/** Files that were on their way when the page was closed: a browser hands a page no file that nobody chose, so it has to be chosen again. */
export default function HalfSentNotice({
  items,
  onFile,
  onUse,
  onForget,
}: {
  items: readonly HalfSent[];
  /** Goes on with one by the file that it is of. */
  onFile: (file: File) => void;
  /** Takes one that arrived whole. */
  onUse: (item: HalfSent, asset: AssetView) => void;
  onForget: (item: HalfSent) => void;
}) {
  return (
    <Notice
      tone="blue"
      icon={<IconUpload size={18} />}
      mb="md"
      title={items.length === 1 ? 'A file was on its way' : `${items.length} files were on their way`}
    >
      <Stack gap="xs">
        {items.map((item) => (
          <Row
            key={item.key}
            item={item}
            onFile={onFile}
            onUse={(asset) => onUse(item, asset)}
            onForget={() => onForget(item)}
          />
        ))}
      </Stack>
    </Notice>
  );
}

function Row({
  item,
  onFile,
  onUse,
  onForget,
}: {
  item: HalfSent;
  onFile: (file: File) => void;
  onUse: (asset: AssetView) => void;
  onForget: () => void;
}) {
  const [other, setOther] = useState<string>();
  const { asset } = item;
  const take = (file: File | null) => {
    if (!file) return;
    if (file.name === item.name && file.size === item.bytes) onFile(file);
    else setOther(file.name);
  };
  return (
    <div data-testid="half-sent">
      <Group gap="sm">
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          <b>{item.name}</b>:{' '}
          {asset
            ? 'all of it arrived after the page was closed.'
            : `${fileSize(item.sent)} of ${fileSize(item.bytes)} arrived. Choose the file again to go on from there.`}
        </Text>
        <Group gap="xs">
          {asset ? (
            <Button size="compact-sm" variant="default" onClick={() => onUse(asset)}>
              Add it to the post
            </Button>
          ) : (
            <FileButton onChange={take} inputProps={{ 'aria-label': `The file ${item.name}` }}>
              {(props) => (
                <Button size="compact-sm" variant="default" aria-label={`Choose ${item.name} again`} {...props}>
                  Choose it again
                </Button>
              )}
            </FileButton>
          )}
          <Button
            size="compact-sm"
            variant="subtle"
            color="gray"
            aria-label={asset ? `Leave ${item.name} out` : `Forget ${item.name}`}
            onClick={onForget}
          >
            {asset ? 'Leave it out' : 'Forget it'}
          </Button>
        </Group>
      </Group>
      {other && (
        <Text size="sm" c="var(--pr-red)" role="alert" mt={4}>
          {other === item.name
            ? `This ${other} has another size, so it is not the file that was on its way.`
            : `${other} is another file. Choose ${item.name}, or add ${other} to the post as usual.`}
        </Text>
      )}
    </div>
  );
}
