import { Anchor, Button, Collapse, Group, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconExternalLink } from '@tabler/icons-react';
import { useState } from 'react';
import { explain } from '../../../api/errors.ts';
import type { ConnectVariant, FieldView } from '../../../api/types.ts';

interface Props {
  variant: ConnectVariant;
  label: string;
  /** The account that is connected again. */
  handle?: string;
  error: unknown;
  busy: boolean;
  onCancel: () => void;
  onSubmit: (typed: Record<string, string>) => void;
}

/** What a way of connecting wants typed, as the server lists it, and the button that goes on. */
export function ConnectForm({ variant, label, handle, error, busy, onCancel, onSubmit }: Props) {
  const [typed, setTyped] = useState<Record<string, string>>(handle ? { handle } : {});
  const [more, toggle] = useDisclosure(false);
  const told = error ? explain(error) : undefined;
  const needed = variant.fields.filter((field) => !field.optional);
  const others = variant.fields.filter((field) => field.optional);
  const input = (field: FieldView, first: boolean) => (
    <Field
      key={field.key}
      field={field}
      first={first}
      value={typed[field.key] ?? ''}
      wrong={told?.field === field.key}
      onChange={(text) => setTyped((before) => ({ ...before, [field.key]: text }))}
    />
  );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const filled = variant.fields.map((field) => [field.key, (typed[field.key] ?? '').trim()] as const);
        onSubmit(Object.fromEntries(filled.filter(([, text]) => text !== '')));
      }}
    >
      <Stack>
        {needed.map((field, index) => input(field, index === 0))}
        {others.length > 0 && (
          <div>
            <Anchor component="button" type="button" size="sm" onClick={toggle.toggle} aria-expanded={more}>
              {others.map((field) => field.label).join(', ')}
            </Anchor>
            <Collapse expanded={more}>
              <Stack mt={6}>{others.map((field) => input(field, false))}</Stack>
            </Collapse>
          </div>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button
            type="submit"
            loading={busy}
            disabled={!variant.configured || needed.some((field) => (typed[field.key] ?? '').trim() === '')}
            rightSection={variant.by === 'oauth' ? <IconExternalLink size={16} /> : undefined}
          >
            {variant.by === 'oauth' ? `Continue to ${label}` : 'Sign in'}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Field({
  field,
  first,
  value,
  wrong,
  onChange,
}: {
  field: FieldView;
  first: boolean;
  value: string;
  /** What is wrong is told above the form. */
  wrong: boolean;
  onChange: (text: string) => void;
}) {
  const Input = field.secret ? PasswordInput : TextInput;
  return (
    <Input
      label={field.label}
      placeholder={field.placeholder}
      required={!field.optional}
      autoComplete="off"
      spellCheck={false}
      value={value}
      error={wrong}
      onChange={(event) => onChange(event.currentTarget.value)}
      data-autofocus={first || undefined}
      description={
        field.help_url ? (
          <>
            {field.help}{' '}
            <Anchor href={field.help_url} target="_blank" rel="noreferrer" size="xs">
              Where to find it
            </Anchor>
          </>
        ) : (
          field.help || undefined
        )
      }
    />
  );
}
