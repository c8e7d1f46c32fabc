import { Button, CopyButton, Group, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api } from '../../../api/client.ts';
import type { DeliveryView, PostView } from '../../../api/types.ts';
import { withHashtags } from '../../../lib/render.ts';
import { networks } from '../../../networks/index.tsx';
import { confirm } from '../../../ui/confirm.ts';
import { ErrorNote } from '../../../ui/ErrorNote.tsx';
import { refreshPosts } from '../queries.ts';

/** For a delivery in doubt: only a person can see whether the post stands. */
export function Resolve({ delivery }: { delivery: DeliveryView }) {
  const [permalink, setPermalink] = useState('');
  const resolve = api.useMutation('post', '/api/v1/deliveries/{id}/resolve', { onSettled: refreshPosts });
  const network = networks[delivery.channel.network].name;
  const accepted = delivery.gate === 'none' || delivery.gate === 'accepted';
  const say = (there: boolean) =>
    resolve.mutate({
      params: { path: { id: delivery.id } },
      body: { there, permalink: (there && permalink.trim()) || undefined },
    });
  return (
    <Stack gap="xs" mt="sm">
      <Text size="sm" c="dimmed">
        If it is there, it counts as sent and is never sent again.{' '}
        {accepted ? 'If it is not, it is sent once more.' : 'If it is not, nothing is sent: it is not approved.'}
      </Text>
      <TextInput
        size="xs"
        label="Its address, if it is there (optional)"
        type="url"
        placeholder="https://…"
        value={permalink}
        onChange={(event) => setPermalink(event.currentTarget.value)}
      />
      <Group gap="xs">
        <Button size="xs" variant="default" loading={resolve.isPending} onClick={() => say(true)}>
          It is there
        </Button>
        <Button
          size="xs"
          variant="default"
          loading={resolve.isPending}
          onClick={() =>
            accepted
              ? confirm({
                  title: 'Send it again?',
                  body: `Be sure that it is not on ${network}: if it is, it will stand there twice.`,
                  action: 'It is not there, send it',
                  onConfirm: () => say(false),
                })
              : say(false)
          }
        >
          {accepted ? 'It is not there, send it…' : 'It is not there'}
        </Button>
      </Group>
      {resolve.isError && <ErrorNote error={resolve.error} />}
    </Stack>
  );
}

/** For a network without drafts: everything to hand, and a way to say that it is done. */
export function MarkPosted({ post, delivery }: { post: PostView; delivery: DeliveryView }) {
  const [permalink, setPermalink] = useState('');
  const mark = api.useMutation('post', '/api/v1/deliveries/{id}/mark-posted', { onSettled: refreshPosts });
  const { overrides } = delivery;
  const text = withHashtags(overrides.text ?? post.text, overrides.hashtags ?? post.hashtags);
  const uses = overrides.assets ?? post.assets;
  const files = post.media.filter((asset) => uses.some((used) => used.asset_id === asset.id));
  return (
    <Stack gap="xs" mt="sm">
      <Group gap="xs">
        {text !== '' && (
          <CopyButton value={text}>
            {({ copied, copy }) => (
              <Button size="xs" variant="default" onClick={copy}>
                {copied ? 'Copied' : 'Copy text'}
              </Button>
            )}
          </CopyButton>
        )}
        {files.map((asset) => (
          <Button
            key={asset.id}
            size="xs"
            variant="default"
            component="a"
            href={asset.content_url}
            download={asset.name}
          >
            Download {asset.name}
          </Button>
        ))}
      </Group>
      <TextInput
        size="xs"
        label="Its address (optional)"
        type="url"
        placeholder="https://…"
        value={permalink}
        onChange={(event) => setPermalink(event.currentTarget.value)}
      />
      <div>
        <Button
          size="xs"
          loading={mark.isPending}
          onClick={() =>
            mark.mutate({ params: { path: { id: delivery.id } }, body: { permalink: permalink.trim() || undefined } })
          }
        >
          Mark as posted
        </Button>
      </div>
      {files.length === 0 && text === '' && (
        <Text size="sm" c="dimmed">
          There is nothing to copy.
        </Text>
      )}
      {mark.isError && <ErrorNote error={mark.error} />}
    </Stack>
  );
}
