import { Select } from '@mantine/core';
import { allZones } from '../lib/zones.ts';

/** Every time zone, found by typing. Loaded when it is shown: most of its weight is the list that opens. */
export default function ZoneSelect({
  value,
  onChange,
  label = 'Time zone',
}: {
  value: string;
  onChange: (zone: string) => void;
  label?: string;
}) {
  return (
    <Select
      label={label}
      searchable
      allowDeselect={false}
      data={allZones().includes(value) ? allZones() : [value, ...allZones()]}
      limit={80}
      value={value}
      onChange={(zone) => zone && onChange(zone)}
      miw={190}
    />
  );
}
