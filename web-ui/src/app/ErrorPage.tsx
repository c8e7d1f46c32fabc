import { Button, Center, Container, Loader, Stack, Text, Title } from '@mantine/core';
import { type ErrorComponentProps, Link, useRouter } from '@tanstack/react-router';
import { ErrorNote } from '../ui/ErrorNote.tsx';

export function ErrorPage({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const again = () => {
    reset();
    void router.invalidate();
  };
  return (
    <Container size="sm" py="xl">
      <ErrorNote error={error} onRetry={again} />
    </Container>
  );
}

export function NotFoundPage() {
  return (
    <Container size="sm" py={80}>
      <Stack align="center" ta="center">
        <Title order={1}>Nothing is here</Title>
        <Text c="dimmed">The address is wrong, or what was here is gone.</Text>
        <Button component={Link} to="/">
          Go to the calendar
        </Button>
      </Stack>
    </Container>
  );
}

export function Waiting() {
  return (
    <Center py={120}>
      <Loader aria-label="Loading" />
    </Center>
  );
}
