import { Input } from '@mantine/core';
import { type ReactNode, useId } from 'react';
import { entities } from '../../../lib/entities.ts';
import css from './TextField.module.css';

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  placeholder?: string;
  description?: ReactNode;
  error?: ReactNode;
  rows?: number;
  id?: string;
  bareEndings?: readonly string[];
  children?: ReactNode;
}

/** A plain text field that marks addresses, mentions and hashtags behind what is typed, and grows with it. */
export function TextField({
  label,
  value,
  onChange,
  placeholder,
  description,
  error,
  rows = 5,
  id,
  bareEndings = [],
  children,
}: Props) {
  const own = useId();
  const field = id ?? own;
  let at = 0;
  const marked: ReactNode[] = [];
  for (const found of entities(value, bareEndings)) {
    marked.push(value.slice(at, found.start), <mark key={found.start}>{value.slice(found.start, found.end)}</mark>);
    at = found.end;
  }
  marked.push(value.slice(at));
  return (
    <Input.Wrapper label={label} description={description} error={error} id={field}>
      <div className={css.stack} data-error={error ? true : undefined}>
        <div className={css.behind} aria-hidden="true" style={{ minHeight: `calc(${rows} * 1.5em + 20px)` }}>
          {marked}
          {/* A last line break takes no height without something after it. */}
          {'\u200b'}
        </div>
        <textarea
          id={field}
          className={css.field}
          value={value}
          placeholder={placeholder}
          onChange={(event) => onChange(event.currentTarget.value)}
          aria-invalid={error ? true : undefined}
        />
      </div>
      {children}
    </Input.Wrapper>
  );
}
