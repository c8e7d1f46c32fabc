import { Tabs } from '@mantine/core';
import type { ChannelView, Problem } from '../../../api/types.ts';
import { NetworkMark } from '../../../networks/index.tsx';
import { Pill } from '../../../ui/Pill.tsx';
import css from '../Composer.module.css';
import type { Chosen, Draft } from '../draft.ts';
import { ofChannel } from '../problems.ts';
import { useTabInView } from '../useTabInView.ts';

/** The tab on which the fields that all channels share are written. */
export const shared = 'all';

/** What all channels share, and each channel that may say it otherwise; marked where something is to be mended. */
export function ChannelTabs({
  value,
  channels,
  draft,
  problems,
  onChange,
}: {
  value: string;
  channels: readonly ChannelView[];
  draft: Draft;
  problems: readonly Problem[];
  onChange: (value: string) => void;
}) {
  const list = useTabInView(value);
  return (
    <Tabs value={value} onChange={(next) => onChange(next ?? shared)}>
      <Tabs.List ref={list} aria-label="Shared or per channel" className={css.tabs}>
        <Tabs.Tab value={shared} data-tab={shared}>
          All channels
        </Tabs.Tab>
        {channels.map((channel) => {
          const errors = ofChannel(problems, channel).filter((problem) => problem.severity === 'error').length;
          return (
            <Tabs.Tab
              key={channel.id}
              value={channel.id}
              data-tab={channel.id}
              leftSection={<NetworkMark network={channel.network} size={16} />}
              rightSection={
                errors > 0 ? (
                  <Pill tone="red">{errors}</Pill>
                ) : differs(draft.chosen.find((item) => item.channelId === channel.id)) ? (
                  <Pill tone="blue">own</Pill>
                ) : undefined
              }
            >
              {channel.name}
            </Tabs.Tab>
          );
        })}
      </Tabs.List>
    </Tabs>
  );
}

function differs(chosen: Chosen | undefined): boolean {
  return (
    chosen !== undefined &&
    (Object.keys(chosen.overrides).length > 0 || chosen.mode === 'draft' || chosen.when !== undefined)
  );
}
