import {
  type Icon,
  IconBrandBluesky,
  IconBrandFacebook,
  IconBrandGoogle,
  IconBrandInstagram,
  IconBrandLinkedin,
  IconBrandMastodon,
  IconBrandPinterest,
  IconBrandTelegram,
  IconBrandThreads,
  IconBrandTiktok,
  IconBrandX,
  IconBrandYoutube,
} from '@tabler/icons-react';
import { type ComponentType, type LazyExoticComponent, lazy } from 'react';
import type { Network } from '../api/types.ts';
import type { PreviewProps } from './preview.ts';

export interface NetworkFace {
  name: string;
  icon: Icon;
  /** Colour of the network's mark on a light and on a dark ground. */
  ink: string;
  /** How the network shows a post; absent until somebody drew it. */
  preview?: LazyExoticComponent<ComponentType<PreviewProps>>;
  /** What people call its kinds of account, where that is not the word that its API has. */
  kinds?: Record<string, string>;
  /** Whether one sign-in can bring several accounts, of which more can be added later. */
  several?: true;
}

/** How each network looks. What it can do is not written here: that comes from the server's rules table. */
export const networks: Record<Network, NetworkFace> = {
  facebook: {
    name: 'Facebook',
    icon: IconBrandFacebook,
    ink: 'light-dark(#0866ff, #5c9dff)',
    preview: lazy(() => import('./facebook/Preview.tsx')),
    kinds: { page: 'Page' },
    several: true,
  },
  instagram: {
    name: 'Instagram',
    icon: IconBrandInstagram,
    ink: 'light-dark(#c4207c, #f77cb8)',
    preview: lazy(() => import('./instagram/Preview.tsx')),
    kinds: { professional: 'professional account' },
    several: true,
  },
  threads: {
    name: 'Threads',
    icon: IconBrandThreads,
    ink: 'light-dark(#101010, #f2f2f2)',
    preview: lazy(() => import('./threads/Preview.tsx')),
  },
  linkedin: {
    name: 'LinkedIn',
    icon: IconBrandLinkedin,
    ink: 'light-dark(#0a66c2, #70b5f9)',
    preview: lazy(() => import('./linkedin/Preview.tsx')),
    kinds: { page: 'Page' },
    several: true,
  },
  x: {
    name: 'X',
    icon: IconBrandX,
    ink: 'light-dark(#101010, #f2f2f2)',
    preview: lazy(() => import('./x/Preview.tsx')),
    kinds: { profile: 'account' },
  },
  tiktok: {
    name: 'TikTok',
    icon: IconBrandTiktok,
    ink: 'light-dark(#101010, #f2f2f2)',
    preview: lazy(() => import('./tiktok/Preview.tsx')),
  },
  youtube: {
    name: 'YouTube',
    icon: IconBrandYoutube,
    ink: 'light-dark(#cc0000, #ff6b6b)',
    preview: lazy(() => import('./youtube/Preview.tsx')),
  },
  google_business: {
    name: 'Google Business Profile',
    icon: IconBrandGoogle,
    ink: 'light-dark(#1a66d6, #8ab4f8)',
    preview: lazy(() => import('./google_business/Preview.tsx')),
  },
  pinterest: {
    name: 'Pinterest',
    icon: IconBrandPinterest,
    ink: 'light-dark(#bd081c, #ff7a85)',
    preview: lazy(() => import('./pinterest/Preview.tsx')),
    several: true,
  },
  bluesky: {
    name: 'Bluesky',
    icon: IconBrandBluesky,
    ink: 'light-dark(#0a6fe0, #5ab1ff)',
    preview: lazy(() => import('./bluesky/Preview.tsx')),
    kinds: { repo: 'account' },
  },
  mastodon: {
    name: 'Mastodon',
    icon: IconBrandMastodon,
    ink: 'light-dark(#563acc, #a99bff)',
    preview: lazy(() => import('./mastodon/Preview.tsx')),
  },
  telegram: {
    name: 'Telegram',
    icon: IconBrandTelegram,
    ink: 'light-dark(#1c7fb8, #64c2f2)',
    preview: lazy(() => import('./telegram/Preview.tsx')),
  },
};

const places = new Map(Object.keys(networks).map((network, place) => [network, place]));

/** Things of channels in the order in which people know the networks, whatever order they came in. */
export function byNetwork<T extends { channel: { network: Network; name: string } }>(items: readonly T[]): T[] {
  const place = ({ channel }: T) => places.get(channel.network) ?? 0;
  return [...items].sort((a, b) => place(a) - place(b) || a.channel.name.localeCompare(b.channel.name));
}

/** `Facebook Page`, `Bluesky account`. */
export function accountKind(network: Network, kind: string): string {
  const face = networks[network];
  return `${face.name} ${face.kinds?.[kind] ?? kind.replaceAll('_', ' ')}`;
}

export function NetworkMark({ network, size = 18 }: { network: Network; size?: number }) {
  const { icon: Mark, ink } = networks[network];
  return <Mark size={size} stroke={1.8} color={ink} aria-hidden="true" style={{ flex: 'none' }} />;
}
