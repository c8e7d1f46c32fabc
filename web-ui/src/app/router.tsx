import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { onSignedOut, queryClient } from '../api/client.ts';
import { hasStatus } from '../api/errors.ts';
import { calendarSearch, composeSearch, librarySearch } from './addresses.ts';
import { ErrorPage, NotFoundPage, Waiting } from './ErrorPage.tsx';
import { Shell } from './Shell.tsx';
import { firstProject, meQuery, rememberProject } from './session.tsx';

const rootRoute = createRootRoute({ component: Outlet, errorComponent: ErrorPage, notFoundComponent: NotFoundPage });

const signIn = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { next?: string } => ({
    // Only an address of this page may be gone on to.
    next: typeof search.next === 'string' && /^\/(?![/\\])/.test(search.next) ? search.next : undefined,
  }),
  component: lazyRouteComponent(() => import('../features/auth/SignInPage.tsx')),
});

const setup = createRoute({
  getParentRoute: () => rootRoute,
  path: '/setup',
  validateSearch: (search: Record<string, unknown>): { token?: string } => ({
    token: search.token === undefined ? undefined : String(search.token),
  }),
  component: lazyRouteComponent(() => import('../features/auth/SetupPage.tsx')),
});

const signedIn = createRoute({
  getParentRoute: () => rootRoute,
  id: 'signed-in',
  beforeLoad: async ({ location }) => {
    try {
      return { me: await queryClient.ensureQueryData(meQuery) };
    } catch (error) {
      if (hasStatus(error, 401))
        throw redirect({ to: '/sign-in', search: { next: location.href === '/' ? undefined : location.href } });
      throw error;
    }
  },
  component: Shell,
  errorComponent: ErrorPage,
  pendingComponent: Waiting,
});

const home = createRoute({
  getParentRoute: () => signedIn,
  path: '/',
  beforeLoad: ({ context }) => {
    const projectId = firstProject(context.me);
    if (projectId) throw redirect({ to: '/p/$projectId/calendar', params: { projectId } });
  },
  component: lazyRouteComponent(() => import('../features/projects/NoProjectPage.tsx')),
});

const project = createRoute({
  getParentRoute: () => signedIn,
  path: '/p/$projectId',
  beforeLoad: ({ params }) => rememberProject(params.projectId),
});

const projectHome = createRoute({
  getParentRoute: () => project,
  path: '/',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/p/$projectId/calendar', params });
  },
});

const calendar = createRoute({
  getParentRoute: () => project,
  path: 'calendar',
  validateSearch: calendarSearch,
  component: lazyRouteComponent(() => import('../features/calendar/CalendarPage.tsx')),
});

const compose = createRoute({
  getParentRoute: () => project,
  path: 'compose',
  validateSearch: composeSearch,
  component: lazyRouteComponent(() => import('../features/composer/ComposerPage.tsx')),
});

const library = createRoute({
  getParentRoute: () => project,
  path: 'library',
  validateSearch: librarySearch,
  component: lazyRouteComponent(() => import('../features/library/LibraryPage.tsx')),
});

const post = createRoute({
  getParentRoute: () => project,
  path: 'posts/$postId',
  validateSearch: (search: Record<string, unknown>): { delivery?: string } => ({
    delivery: typeof search.delivery === 'string' ? search.delivery : undefined,
  }),
  component: lazyRouteComponent(() => import('../features/posts/PostPage.tsx')),
});

const connections = createRoute({
  getParentRoute: () => project,
  path: 'connections',
  component: lazyRouteComponent(() => import('../features/connections/ConnectionsPage.tsx')),
});

const connect = createRoute({
  getParentRoute: () => signedIn,
  path: '/connect/$connectionId',
  component: lazyRouteComponent(() => import('../features/connections/ConnectPage.tsx')),
});

// Where the server sends the browser back to from a network, in a tab that no page of ours opened.
const connected = createRoute({
  getParentRoute: () => signedIn,
  path: '/connections',
  validateSearch: (search: Record<string, unknown>): { connection?: string } => ({
    connection: typeof search.connection === 'string' ? search.connection : undefined,
  }),
  beforeLoad: ({ search }) => {
    if (search.connection)
      throw redirect({ to: '/connect/$connectionId', params: { connectionId: search.connection }, replace: true });
    throw redirect({ to: '/' });
  },
});

const notifications = createRoute({
  getParentRoute: () => signedIn,
  path: '/notifications',
  component: lazyRouteComponent(() => import('../features/notifications/NotificationsPage.tsx')),
});

const account = createRoute({
  getParentRoute: () => signedIn,
  path: '/account',
  component: lazyRouteComponent(() => import('../features/auth/AccountPage.tsx')),
});

const tree = rootRoute.addChildren([
  signIn,
  setup,
  signedIn.addChildren([
    home,
    project.addChildren([projectHome, calendar, compose, library, post, connections]),
    connect,
    connected,
    notifications,
    account,
  ]),
]);

export const router = createRouter({
  routeTree: tree,
  defaultPreload: 'intent',
  defaultPendingComponent: Waiting,
  defaultErrorComponent: ErrorPage,
  defaultNotFoundComponent: NotFoundPage,
  scrollRestoration: true,
});

onSignedOut(() => {
  queryClient.removeQueries({ queryKey: meQuery.queryKey });
  void router.navigate({ to: '/sign-in', search: { next: router.state.location.href } });
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
