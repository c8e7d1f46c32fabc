import { Button, SimpleGrid, Skeleton, Text, Title } from '@mantine/core';
import { IconLock, IconPlug } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import type { ChannelView, Network, NetworkView } from '../../api/types.ts';
import { may, usePlace } from '../../app/session.tsx';
import { NetworkMark } from '../../networks/index.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { PageHead } from '../../ui/PageHead.tsx';
import css from './ConnectionsPage.module.css';
import { ChannelCard } from './components/ChannelCard.tsx';
import { ConnectDialog } from './components/ConnectDialog.tsx';
import { useAllChannels, useCapabilities } from './queries.ts';
import { inOrder } from './standing.ts';

export default function ConnectionsPage() {
  const { project, membership } = usePlace();
  const channels = useAllChannels(project.id);
  const capabilities = useCapabilities();
  const [network, setNetwork] = useState<NetworkView>();
  const [reconnecting, setReconnecting] = useState<ChannelView>();
  const connectable = capabilities.data?.networks.filter((item) => item.variants.length > 0) ?? [];
  const connects = may(membership, 'connect');
  const planOff = !membership.plan.allow_social_publishing;
  const list = inOrder(channels.data?.items ?? []);
  const live = list.filter((channel) => channel.status !== 'disconnected');
  const gone = list.filter((channel) => channel.status === 'disconnected');

  useEffect(() => {
    if (channels.isSuccess && window.location.hash)
      document.getElementById(window.location.hash.slice(1))?.scrollIntoView({ block: 'center' });
  }, [channels.isSuccess]);

  const reconnect = (channel: ChannelView) => {
    setNetwork(capabilities.data?.networks.find((item) => item.network === channel.network));
    setReconnecting(channel);
  };
  const count = (key: Network) => live.filter((channel) => channel.network === key).length;

  return (
    <>
      <PageHead title="Connections" line={`Channels that ${project.name} can post to`} />
      {planOff && (
        <Notice tone="amber" icon={<IconLock size={18} />} title="Publishing is off on this plan" mb="md">
          Channels can be connected and posts can go out once the plan “{membership.plan.name}” allows publishing. Ask
          the administrator of this installation to turn it on.
        </Notice>
      )}
      {channels.isError && <ErrorNote error={channels.error} onRetry={() => void channels.refetch()} />}
      {capabilities.isError && <ErrorNote error={capabilities.error} onRetry={() => void capabilities.refetch()} />}
      {channels.isPending && (
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          {[1, 2, 3].map((key) => (
            <Skeleton key={key} h={168} radius="lg" />
          ))}
        </SimpleGrid>
      )}
      {channels.isSuccess && live.length === 0 && (
        <EmptyState icon={IconPlug} title="No channel yet">
          {connects
            ? 'Connect the first account below. Before anything opens you see what is asked for and why.'
            : 'Someone who may connect channels has to add the first one.'}
        </EmptyState>
      )}
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        {live.map((channel) => (
          <ChannelCard
            key={channel.id}
            channel={channel}
            place={{ project, membership }}
            onReconnect={() => reconnect(channel)}
          />
        ))}
      </SimpleGrid>
      {connects && !planOff && capabilities.isSuccess && (
        <section aria-labelledby="add-channel" style={{ marginTop: 28 }}>
          <Title order={2} id="add-channel">
            Add a channel
          </Title>
          <Text c="dimmed" size="sm" mb="sm">
            Any number of accounts of each network.
          </Text>
          {connectable.length === 0 ? (
            <Text size="sm">This installation has no network switched on.</Text>
          ) : (
            <div className={css.adding}>
              {connectable.map((item) => (
                <Button
                  key={item.network}
                  variant="default"
                  h="auto"
                  py={10}
                  justify="flex-start"
                  leftSection={<NetworkMark network={item.network} size={24} />}
                  onClick={() => {
                    setReconnecting(undefined);
                    setNetwork(item);
                  }}
                >
                  <span className={css.add}>
                    <span>{count(item.network) > 0 ? 'Connect another ' : 'Connect '}</span>
                    <b>{item.label}</b>
                  </span>
                </Button>
              ))}
            </div>
          )}
        </section>
      )}
      {gone.length > 0 && (
        <section style={{ marginTop: 28 }}>
          <Title order={2} mb="sm">
            Disconnected
          </Title>
          <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
            {gone.map((channel) => (
              <ChannelCard
                key={channel.id}
                channel={channel}
                place={{ project, membership }}
                onReconnect={() => reconnect(channel)}
              />
            ))}
          </SimpleGrid>
        </section>
      )}
      <ConnectDialog
        key={`${network?.network}${reconnecting?.id}`}
        project={project}
        network={network}
        reconnecting={reconnecting}
        another={network ? count(network.network) > 0 : false}
        onClose={() => {
          setNetwork(undefined);
          setReconnecting(undefined);
        }}
      />
    </>
  );
}
