import type { AssetUse, ContentType, Link, Overrides, Poll, ThreadPart } from '../api/types.ts';

/** The words and media of a post, whether it is stored or still being written. */
export interface PostContent {
  content_type: ContentType;
  title: string;
  text: string;
  hashtags: string[];
  assets: AssetUse[];
  link: Link | null;
  poll: Poll | null;
  thread: ThreadPart[];
  first_comment: string;
}

/** A post as one channel says it: every override that is there takes the place of the original. */
export function overridden(content: PostContent, overrides: Overrides): PostContent {
  return {
    ...content,
    title: overrides.title ?? content.title,
    text: overrides.text ?? content.text,
    hashtags: overrides.hashtags ?? content.hashtags,
    assets: overrides.assets ?? content.assets,
    link: overrides.link ?? content.link,
    first_comment: overrides.first_comment ?? content.first_comment,
  };
}

export function emptyContent(type: ContentType): PostContent {
  return {
    content_type: type,
    title: '',
    text: '',
    hashtags: [],
    assets: [],
    link: null,
    poll: null,
    thread: [],
    first_comment: '',
  };
}
