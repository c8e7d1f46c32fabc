import type { AssetUse, AssetView, Mode, Overrides } from '../api/types.ts';
import { overridden, type PostContent } from '../lib/content.ts';
import { rendered, withHashtags } from '../lib/render.ts';
import type { Offer } from '../lib/rules.ts';
import type { PreviewMedia, PreviewProps } from './preview.ts';

export interface Faces {
  name: string;
  handle: string;
  avatar_url?: string | null;
}

function mediaOf(uses: readonly AssetUse[], assets: ReadonlyMap<string, AssetView>): PreviewMedia[] {
  return uses.flatMap((used) => {
    const asset = assets.get(used.asset_id);
    if (!asset) return [];
    const still = asset.kind === 'image' || asset.kind === 'gif';
    return [
      {
        id: asset.id,
        kind: asset.kind,
        thumbnail: still ? asset.content_url : (asset.thumbnail_url ?? undefined),
        source: asset.content_url,
        altText: used.alt_text || asset.alt_text,
        name: asset.name,
        width: asset.facts.width ?? undefined,
        height: asset.facts.height ?? undefined,
        durationMs: asset.facts.duration_ms ?? undefined,
        pages: asset.facts.pages ?? undefined,
      },
    ];
  });
}

/** What a network's preview needs, from a channel's version of a post. */
export function previewOf(
  content: PostContent,
  channel: Faces,
  assets: ReadonlyMap<string, AssetView>,
  about: {
    overrides: Overrides;
    mode: Mode;
    when: string;
    /** What the network makes of the type; without it nothing is left out or put into the text. */
    offer?: Offer;
  },
): PreviewProps {
  const said = overridden(content, about.overrides);
  const story = said.content_type === 'story';
  const sent = about.offer && rendered(said, about.offer);
  const mediaLeftOut = about.offer?.media.max.value === 0;
  const last = said.thread.length - 1;
  const linkImage = said.link?.image_asset_id ? assets.get(said.link.image_asset_id) : undefined;
  return {
    contentType: said.content_type,
    name: channel.name,
    handle: channel.handle,
    avatarUrl: channel.avatar_url ?? undefined,
    title: said.title,
    text: sent ? sent.text : story ? '' : withHashtags(said.text, said.hashtags),
    media: mediaLeftOut ? [] : mediaOf(said.assets, assets),
    link: said.content_type === 'link' ? (said.link ?? undefined) : undefined,
    linkImage: linkImage?.thumbnail_url ?? linkImage?.content_url,
    poll: said.content_type === 'poll' ? (said.poll ?? undefined) : undefined,
    thread:
      said.content_type === 'thread'
        ? said.thread.map((part, index) => ({
            text: index === last ? withHashtags(part.text ?? '', said.hashtags) : (part.text ?? ''),
            media: mediaOf(part.assets ?? [], assets),
          }))
        : [],
    firstComment: story || about.offer?.first_comment === null ? '' : said.first_comment,
    settings: about.overrides.settings ?? {},
    mode: about.mode,
    when: about.when,
  };
}
