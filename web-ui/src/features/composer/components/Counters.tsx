import { plural } from '../../../lib/format.ts';
import { networks } from '../../../networks/index.tsx';
import type { Room } from '../counters.ts';
import css from './Counters.module.css';

/** Room left per network, as a ring and a number that turns amber, then red. */
export function Counters({ rooms }: { rooms: Room[] }) {
  if (rooms.length === 0) return null;
  return (
    <ul className={css.list} aria-label="Characters left">
      {rooms.map(({ network, used, max, left }) => {
        const { name, icon: Mark, ink } = networks[network];
        const share = Math.min(1, used / max);
        return (
          <li
            key={network}
            className={css.item}
            data-level={left < 0 ? 'over' : share > 0.9 ? 'near' : undefined}
            title={`${name}: ${used} of ${max}`}
          >
            <Mark size={14} color={ink} stroke={1.8} aria-hidden="true" />
            <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
              <circle cx="7" cy="7" r="5.5" className={css.track} />
              <circle
                cx="7"
                cy="7"
                r="5.5"
                className={css.used}
                strokeDasharray={`${share * 34.56} 34.56`}
                transform="rotate(-90 7 7)"
              />
            </svg>
            <span aria-hidden="true">{left.toLocaleString('en')}</span>
            <span className={css.said}>
              {left < 0
                ? `${name}: ${plural(-left, 'character')} too many`
                : `${name}: ${plural(left, 'character')} left`}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
