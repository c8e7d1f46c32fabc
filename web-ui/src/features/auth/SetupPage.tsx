import { Button, PasswordInput, Select, Stack, Text, TextInput } from '@mantine/core';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { api, queryClient, setCsrfToken } from '../../api/client.ts';
import { meQuery } from '../../app/session.tsx';
import { plural } from '../../lib/format.ts';
import { allZones, readerZone } from '../../lib/zones.ts';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { Door } from './Door.tsx';

const passwordCharsMin = 10;

/** The first owner of a fresh installation, by the one-time link that the server printed. */
export default function SetupPage() {
  const { token } = useSearch({ from: '/setup' });
  const navigate = useNavigate();
  const [form, setForm] = useState({ organization: '', name: '', email: '', password: '', time_zone: readerZone() });
  const setUp = api.useMutation('post', '/api/v1/setup');
  const field = (name: keyof typeof form) => ({
    value: form[name],
    required: true,
    onChange: (event: React.ChangeEvent<HTMLInputElement>) => {
      const { value } = event.currentTarget;
      setForm((was) => ({ ...was, [name]: value }));
    },
  });
  const missing = form.password === '' ? 0 : passwordCharsMin - [...form.password].length;
  const short = missing > 0;

  if (!token) {
    return (
      <Door
        title="This link is not whole"
        line="The link that sets up Postrider carries a token. Copy it again from the server’s output, to its end."
      >
        <Button component={Link} to="/sign-in" variant="default" fullWidth>
          Go to sign-in
        </Button>
      </Door>
    );
  }

  const submit = async (event: React.FormEvent) => {
    event.preventDefault();
    const made = await setUp.mutateAsync({ body: { ...form, token, email: form.email.trim() } });
    setCsrfToken(made.me.csrf_token);
    queryClient.setQueryData(meQuery.queryKey, made.me);
    await navigate({ to: '/', replace: true });
  };

  return (
    <Door title="Set up Postrider" line="You become the owner of this installation. The link works once.">
      <form onSubmit={(event) => void submit(event).catch(() => undefined)}>
        <Stack>
          <TextInput
            label="Organization"
            description="Your agency, company or your own name"
            autoFocus
            autoComplete="organization"
            {...field('organization')}
          />
          <Select
            label="Time zone"
            searchable
            allowDeselect={false}
            data={allZones()}
            limit={60}
            value={form.time_zone}
            onChange={(zone) => zone && setForm((was) => ({ ...was, time_zone: zone }))}
          />
          <TextInput label="Your name" autoComplete="name" {...field('name')} />
          <TextInput label="E-mail" type="email" autoComplete="username" {...field('email')} />
          <PasswordInput
            label="Password"
            description={`At least ${passwordCharsMin} characters`}
            autoComplete="new-password"
            error={short ? plural(missing, 'more character') : undefined}
            {...field('password')}
          />
          {setUp.isError && <ErrorNote error={setUp.error} />}
          <Button
            type="submit"
            loading={setUp.isPending}
            disabled={short || Object.values(form).some((value) => value.trim() === '')}
          >
            Become the owner
          </Button>
          <Text size="xs" c="dimmed" ta="center">
            Already set up?{' '}
            <Link to="/sign-in" className="pr-link">
              Sign in
            </Link>
          </Text>
        </Stack>
      </form>
    </Door>
  );
}
