import { NativeSelect } from '@mantine/core';

interface Props<T extends string> {
  label: string;
  /** What stands for "no filter". */
  any: string;
  value: T | undefined;
  options: readonly { value: T; label: string }[];
  width?: number;
  onChange: (value: T | undefined) => void;
}

/** One filter of a list: the system's own select, which every phone and screen reader knows. */
export function FilterSelect<T extends string>({ label, any, value, options, width = 150, onChange }: Props<T>) {
  return (
    <NativeSelect
      aria-label={label}
      w={width}
      value={value ?? ''}
      data={[{ value: '', label: any }, ...options]}
      onChange={(event) => onChange(options.find((option) => option.value === event.currentTarget.value)?.value)}
    />
  );
}
