import { Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useNavigate, useRouter, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { api, queryClient, setCsrfToken } from '../../api/client.ts';
import { meQuery } from '../../app/session.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { Door } from './Door.tsx';

export default function SignInPage() {
  const { next } = useSearch({ from: '/sign-in' });
  const navigate = useNavigate();
  const router = useRouter();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const signIn = api.useMutation('post', '/api/v1/session');

  const submit = async (event: React.FormEvent) => {
    event.preventDefault();
    const me = await signIn.mutateAsync({ body: { email: email.trim(), password } });
    setCsrfToken(me.csrf_token);
    queryClient.clear();
    queryClient.setQueryData(meQuery.queryKey, me);
    if (next) router.history.push(next);
    else await navigate({ to: '/' });
  };

  return (
    <Door title="Sign in">
      <form onSubmit={(event) => void submit(event).catch(() => undefined)}>
        <Stack>
          <TextInput
            label="E-mail"
            type="email"
            autoComplete="username"
            required
            autoFocus
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <PasswordInput
            label="Password"
            autoComplete="current-password"
            required
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          {signIn.isError && <ErrorNote error={signIn.error} />}
          <Button type="submit" loading={signIn.isPending} disabled={email === '' || password === ''}>
            Sign in
          </Button>
        </Stack>
      </form>
    </Door>
  );
}
