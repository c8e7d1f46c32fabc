import { Checkbox, NativeSelect, Stack, TextInput } from '@mantine/core';
import type { Overrides } from '../../../api/types.ts';
import { applies, type Setting } from '../../../lib/rules.ts';

type Values = NonNullable<Overrides['settings']>;

interface Props {
  settings: Setting[];
  values: Values;
  onChange: (values: Values) => void;
}

/** The settings that only this network has, each as its rules describe it. What is left alone stays as the account has it. */
export function SettingsFields({ settings, values, onChange }: Props) {
  const set = (key: string, value: Values[string] | undefined) => {
    const { [key]: _, ...others } = values;
    onChange(value === undefined ? others : { ...others, [key]: value });
  };
  // What was written stays to be seen, and is told not to belong.
  const stands = (setting: Setting) => applies(setting, values) || values[setting.key] !== undefined;
  return (
    <Stack gap="sm">
      {settings.filter(stands).map((setting) => (
        <Field
          key={setting.key}
          setting={setting}
          value={values[setting.key]}
          onChange={(value) => set(setting.key, value)}
        />
      ))}
    </Stack>
  );
}

/** How the browser takes what is written. */
const INPUT = {
  text: {},
  address: { type: 'url', placeholder: 'https://' },
  moment: { type: 'datetime-local', w: 240 },
} as const;

function Field({
  setting,
  value,
  onChange,
}: {
  setting: Setting;
  value: Values[string] | undefined;
  onChange: (value: Values[string] | undefined) => void;
}) {
  const shared = { label: setting.label, description: setting.help };
  const text = typeof value === 'string' ? value : '';
  switch (setting.kind) {
    case 'choice':
      return (
        <NativeSelect
          {...shared}
          withAsterisk={setting.required}
          data={[{ value: '', label: setting.required ? 'Choose' : 'Not chosen' }, ...setting.options]}
          value={text}
          onChange={(event) => onChange(event.currentTarget.value || undefined)}
        />
      );
    case 'switch':
      return (
        <Checkbox
          {...shared}
          checked={value === true}
          onChange={(event) => onChange(event.currentTarget.checked || undefined)}
        />
      );
    case 'language':
      return (
        <TextInput
          {...shared}
          placeholder="en"
          maxLength={3}
          w={120}
          value={text}
          onChange={(event) => onChange(event.currentTarget.value.trim().toLowerCase() || undefined)}
        />
      );
    case 'text':
    case 'address':
    case 'moment':
      return (
        <TextInput
          {...shared}
          {...INPUT[setting.kind]}
          withAsterisk={setting.required}
          value={text}
          onChange={(event) => onChange(event.currentTarget.value || undefined)}
        />
      );
  }
}
