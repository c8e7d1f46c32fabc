import { Collapse, UnstyledButton } from '@mantine/core';
import { useDisclosure, useId } from '@mantine/hooks';
import { IconChevronDown, IconEye } from '@tabler/icons-react';
import css from './ForecastPanel.module.css';
import { UnsavedForecast } from './ForecastPanel.tsx';

/** The composer's look ahead: asked for when somebody opens it, and anew with every change while it is open. */
export default function ForecastFold({
  channels,
  ...asked
}: {
  projectId: string;
  zone: string;
  body: string;
  stored?: { id: string; version: number };
  /** Whether more was typed than `body` holds. */
  behind: boolean;
  /** How many channels are chosen. */
  channels: number;
}) {
  const [open, fold] = useDisclosure(false);
  const id = useId();
  return (
    <section className={`pr-panel ${css.fold}`} aria-label="What will happen">
      <UnstyledButton className={css.toggle} onClick={fold.toggle} aria-expanded={open} aria-controls={id}>
        <IconEye size={17} aria-hidden="true" />
        <span>What will happen</span>
        <IconChevronDown size={16} className={css.chevron} data-open={open || undefined} aria-hidden="true" />
      </UnstyledButton>
      <Collapse expanded={open} id={id}>
        {open &&
          (channels === 0 ? (
            <p className={css.empty}>Choose a channel to see what will happen there.</p>
          ) : (
            <UnsavedForecast {...asked} />
          ))}
      </Collapse>
    </section>
  );
}
