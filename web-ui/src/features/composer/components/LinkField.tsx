import { ActionIcon, Button, Card, Group, Loader, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { IconRefresh, IconX } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { client } from '../../../api/client.ts';
import { explain } from '../../../api/errors.ts';
import type { AssetView, Link } from '../../../api/types.ts';
import { isWebAddress } from '../../../lib/check.ts';

interface Props {
  projectId: string;
  link: Link;
  assets: ReadonlyMap<string, AssetView>;
  onAsset: (asset: AssetView) => void;
  onChange: (link: Link) => void;
  id?: string;
}

/** An address and the card that the server reads from its page; every part of the card can be changed. */
export function LinkField({ projectId, link, assets, onAsset, onChange, id = 'field-link' }: Props) {
  const [asked, setAsked] = useState(link.title || link.image_asset_id ? link.url : '');
  const fetchCard = useMutation({
    mutationFn: async (url: string) => {
      const { data } = await client.GET('/api/v1/link-preview', { params: { query: { url, project_id: projectId } } });
      if (!data) throw new Error('The server read nothing.');
      return data;
    },
    onSuccess: (card, url) => {
      if (card.image) onAsset(card.image);
      onChange({ url, title: card.title, description: card.description, image_asset_id: card.image?.id });
    },
  });
  const read = (again = false) => {
    const url = link.url.trim();
    if (!isWebAddress(url) || (url === asked && !again)) return;
    setAsked(url);
    fetchCard.mutate(url);
  };
  const image = link.image_asset_id ? assets.get(link.image_asset_id) : undefined;
  const told = fetchCard.isError ? explain(fetchCard.error) : undefined;
  return (
    <Stack gap="xs">
      <TextInput
        id={id}
        label="Link"
        type="url"
        inputMode="url"
        placeholder="https://example.com/page"
        value={link.url}
        onChange={(event) => onChange({ ...link, url: event.currentTarget.value })}
        onBlur={() => read()}
        onKeyDown={(event) => event.key === 'Enter' && read()}
        rightSection={
          fetchCard.isPending ? (
            <Loader size="xs" aria-label="Reading the page" />
          ) : (
            <ActionIcon
              aria-label="Read the card anew"
              disabled={!isWebAddress(link.url.trim())}
              onClick={() => read(true)}
            >
              <IconRefresh size={16} />
            </ActionIcon>
          )
        }
      />
      {told && (
        <Text size="sm" c="var(--pr-amber)" role="alert">
          {told.text} {told.remedy} You can fill in the card yourself.
        </Text>
      )}
      {(asked !== '' || told) && !fetchCard.isPending && (
        <Card padding="sm" data-testid="link-card">
          <Group align="flex-start" wrap="nowrap">
            {image && (
              <div style={{ position: 'relative', flex: 'none' }}>
                <img
                  src={image.thumbnail_url ?? image.content_url}
                  alt=""
                  width={112}
                  height={84}
                  style={{ objectFit: 'cover', borderRadius: 8, display: 'block' }}
                />
                <ActionIcon
                  size="xs"
                  variant="filled"
                  color="dark"
                  radius="xl"
                  aria-label="Card without picture"
                  style={{ position: 'absolute', top: 4, insetInlineEnd: 4 }}
                  onClick={() => onChange({ ...link, image_asset_id: undefined })}
                >
                  <IconX size={11} />
                </ActionIcon>
              </div>
            )}
            <Stack gap={6} style={{ flex: 1, minWidth: 0 }}>
              <TextInput
                size="xs"
                label="Card title"
                value={link.title ?? ''}
                onChange={(event) => onChange({ ...link, title: event.currentTarget.value })}
              />
              <Textarea
                size="xs"
                label="Card description"
                autosize
                minRows={1}
                maxRows={4}
                value={link.description ?? ''}
                onChange={(event) => onChange({ ...link, description: event.currentTarget.value })}
              />
            </Stack>
          </Group>
        </Card>
      )}
      {asked === '' && isWebAddress(link.url.trim()) && (
        <div>
          <Button size="xs" variant="light" onClick={() => read()}>
            Read the card
          </Button>
        </div>
      )}
    </Stack>
  );
}
