import {
  ActionIcon,
  AppShell,
  Avatar,
  Button,
  Group,
  Menu,
  Text,
  Tooltip,
  UnstyledButton,
  useComputedColorScheme,
  useMantineColorScheme,
  VisuallyHidden,
} from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import {
  IconCalendar,
  IconLayoutGrid,
  IconLogout,
  IconMoon,
  IconPencilPlus,
  IconPlug,
  IconPlugConnectedX,
  IconSun,
  IconUserCircle,
} from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useParams } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState, useSyncExternalStore } from 'react';
import { client, queryClient } from '../api/client.ts';
import { listen } from '../api/events.ts';
import { NotificationBell } from '../features/notifications/NotificationBell.tsx';
import { ProjectSwitcher } from '../features/projects/ProjectSwitcher.tsx';
import { initials } from '../lib/format.ts';
import * as confirming from '../ui/confirm.ts';
import { HeldBanner } from './HeldBanner.tsx';
import css from './Shell.module.css';
import { firstProject, may, placesOf, useMe } from './session.tsx';

const destinations = [
  { to: '/p/$projectId/calendar', label: 'Calendar', icon: IconCalendar },
  { to: '/p/$projectId/compose', label: 'New post', icon: IconPencilPlus, needs: 'write' },
  { to: '/p/$projectId/library', label: 'Library', icon: IconLayoutGrid },
  { to: '/p/$projectId/connections', label: 'Connections', icon: IconPlug },
] as const;

const ConfirmDialog = lazy(() => import('../ui/ConfirmDialog.tsx'));

/** The frame around every signed-in screen. */
export function Shell() {
  const me = useMe();
  const params = useParams({ strict: false });
  const projectId = params.projectId ?? firstProject(me);
  const place = placesOf(me).find(({ project }) => project.id === projectId);
  const narrow = useMediaQuery('(max-width: 47.99em)', undefined, { getInitialValueInEffect: false });
  const [live, setLive] = useState(true);
  useEffect(() => listen(queryClient, setLive), []);
  const ask = useSyncExternalStore(confirming.subscribe, confirming.current);

  const shown = place ? destinations.filter((item) => !('needs' in item) || may(place.membership, item.needs)) : [];
  const nav = place && (
    <nav className={narrow ? css.bar : css.side} aria-label="Main">
      {shown.map(({ to, label, icon: Sign }) => (
        <Link
          key={to}
          to={to}
          params={{ projectId: place.project.id }}
          className={css.item}
          activeProps={{ 'data-active': true }}
          activeOptions={{ includeSearch: false }}
        >
          <Sign size={20} stroke={1.7} aria-hidden="true" />
          <span>{label}</span>
        </Link>
      ))}
    </nav>
  );

  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 212, breakpoint: 'sm', collapsed: { mobile: true, desktop: !place } }}
      footer={narrow && place ? { height: 60 } : undefined}
      padding={narrow ? 'sm' : 'lg'}
    >
      <a className="pr-skip" href="#content">
        Skip to content
      </a>
      <AppShell.Header px={narrow ? 'sm' : 'md'}>
        <Group h="100%" gap="sm" wrap="nowrap">
          <UnstyledButton component={Link} to="/" className={css.brand} aria-label="Postrider, home">
            <img src="/favicon.svg" width={28} height={28} alt="" />
            <Text fw={700} visibleFrom="sm">
              Postrider
            </Text>
          </UnstyledButton>
          <ProjectSwitcher me={me} projectId={place?.project.id} />
          <Group gap={narrow ? 2 : 6} ml="auto" wrap="nowrap">
            {!live && (
              <Tooltip label="The line to the server is down. What you see may be old; it catches up by itself.">
                <span className={css.offline} role="status">
                  <IconPlugConnectedX size={16} aria-hidden="true" />
                  <Text span size="xs" fw={600} visibleFrom="sm">
                    Reconnecting…
                  </Text>
                  <VisuallyHidden>Not live</VisuallyHidden>
                </span>
              </Tooltip>
            )}
            <SchemeButton />
            <NotificationBell me={me} />
            <UserMenu />
          </Group>
        </Group>
      </AppShell.Header>
      {!narrow && (
        <AppShell.Navbar p="sm" withBorder>
          {nav}
        </AppShell.Navbar>
      )}
      <AppShell.Main id="content" tabIndex={-1} className={css.main}>
        <div className={css.page}>
          <HeldBanner admin={me.instance_admin} />
          <Outlet />
        </div>
      </AppShell.Main>
      {narrow && place && <AppShell.Footer>{nav}</AppShell.Footer>}
      <Suspense>{ask && <ConfirmDialog ask={ask} />}</Suspense>
    </AppShell>
  );
}

function SchemeButton() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false });
  const dark = scheme === 'dark';
  const label = dark ? 'Light colours' : 'Dark colours';
  return (
    <Tooltip label={label}>
      <ActionIcon size="lg" aria-label={label} onClick={() => setColorScheme(dark ? 'light' : 'dark')}>
        {dark ? <IconSun size={20} stroke={1.7} /> : <IconMoon size={20} stroke={1.7} />}
      </ActionIcon>
    </Tooltip>
  );
}

function UserMenu() {
  const me = useMe();
  const navigate = useNavigate();
  const signOut = useMutation({
    mutationFn: () => client.DELETE('/api/v1/session'),
    onSettled: async () => {
      await navigate({ to: '/sign-in' });
      queryClient.clear();
    },
  });
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <Button variant="subtle" color="gray" px={4} aria-label={`Account of ${me.user.name}`}>
          <Avatar size={30} radius="xl" color="post" name={me.user.name}>
            {initials(me.user.name)}
          </Avatar>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <div className={css.who}>
          <Text fw={600} size="sm" truncate>
            {me.user.name}
          </Text>
          <Text size="xs" c="dimmed" truncate>
            {me.user.email}
          </Text>
        </div>
        <Menu.Divider />
        <Menu.Item component={Link} to="/account" leftSection={<IconUserCircle size={17} />}>
          Account and sessions
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={17} />} onClick={() => signOut.mutate()} disabled={signOut.isPending}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
