import { IconAlertTriangle } from '@tabler/icons-react';
import type { CalendarEntry } from '../../../api/types.ts';
import { timeOnly } from '../../../lib/zones.ts';
import { byNetwork, NetworkMark } from '../../../networks/index.tsx';
import { statuses } from '../../../ui/StatusBadge.tsx';
import { entryName, riskOf } from '../../posts/words.ts';
import css from './EntryChip.module.css';

const marksMax = 2;

/** A post in a day of the month: tinted by its status, which is also said. */
export function EntryChip({ entry, zone }: { entry: CalendarEntry; zone: string }) {
  const { tone, label } = statuses[entry.status];
  const all = [...new Set(byNetwork(entry.deliveries).map((delivery) => delivery.channel.network))];
  // A day is narrow: of many networks one mark and a number leave room for the words.
  const marks = all.length > marksMax ? all.slice(0, 1) : all;
  const time = entry.binding || entry.status !== 'draft' ? timeOnly(entry.at, zone) : 'Draft';
  const risk = riskOf(entry.deliveries);
  return (
    <span
      className={css.chip}
      data-tone={tone}
      title={`${time} · ${entryName(entry)} · ${label}${risk ? ` · ${risk.message}` : ''}`}
    >
      <span className={css.time}>{time}</span>
      {marks.map((network) => (
        <NetworkMark key={network} network={network} size={13} />
      ))}
      {all.length > marks.length && <span className={css.rest}>+{all.length - marks.length}</span>}
      {risk && <IconAlertTriangle size={13} className={css.risk} data-risk={risk.risk} aria-hidden="true" />}
      <span className={css.name}>{entryName(entry)}</span>
      <span className={css.said}>
        , {label}
        {risk && `, at risk: ${risk.message}`}
      </span>
    </span>
  );
}
