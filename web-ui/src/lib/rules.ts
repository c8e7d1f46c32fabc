/** The shape of the rules table as `GET /api/v1/capabilities` sends it. No figure stands here. */
import type { AssetKind, ContentType, Network } from '../api/types.ts';

export type Counter = 'chars' | 'graphemes' | 'utf16' | 'bytes' | 'weighted' | 'mastodon' | 'threads';
export type Unit =
  | 'count'
  | 'bytes'
  | 'pixels'
  | 'pixel_area'
  | 'ratio_thousandths'
  | 'ms'
  | 'frame_rate_thousandths'
  | 'minutes'
  | 'frames'
  | 'pages';
export type Measure =
  | 'bytes_max'
  | 'bytes_min'
  | 'width_max'
  | 'width_min'
  | 'height_max'
  | 'height_min'
  | 'sides_sum_max'
  | 'area_max'
  | 'area_frames_max'
  | 'ratio_max'
  | 'ratio_min'
  | 'duration_max'
  | 'duration_min'
  | 'frame_rate_max'
  | 'frame_rate_min'
  | 'frames_max'
  | 'pages_max';
export type EntityKind = 'hashtags' | 'mentions' | 'links' | 'cashtags';

export interface Limit {
  value: number;
  unit: Unit;
}

export interface TextLimit {
  max: number;
  counter: Counter;
}

export interface Bound {
  measure: Measure;
  limit: Limit;
  beyond: 'refused' | 'converted' | 'advised';
}

export interface FileRule {
  kind: AssetKind;
  mimes: string[];
  converted_mimes: string[];
  video_codecs: string[];
  bounds: Bound[];
  alone: boolean;
  becomes: string | null;
  alt_text: TextLimit[] | null;
}

export interface MediaRule {
  min: number;
  max: Limit;
  files: FileRule[];
  same_ratio: boolean;
}

export interface LinkRule {
  place: 'field' | 'text';
  tappable: boolean;
  title_required: boolean;
  url: TextLimit[];
  title: TextLimit[];
  description: TextLimit[];
}

export interface PollRule {
  question: TextLimit[] | null;
  options_min: Limit;
  options_max: Limit;
  option: TextLimit[];
  duration_settable: boolean;
  duration_min: Limit | null;
  duration_max: Limit | null;
  durations: number[];
}

export interface Offer {
  status: 'offered';
  conversion: string | null;
  text: { sent: boolean; limits: TextLimit[]; entities: { entity: EntityKind; max: Limit }[]; forbidden: string };
  title: { required: boolean; limits: TextLimit[]; forbidden: string } | null;
  media: MediaRule;
  link: LinkRule | null;
  poll: PollRule | null;
  thread: { media: MediaRule } | null;
  first_comment: TextLimit[] | null;
  draft_api: boolean;
}

export type Cell = Offer | { status: 'not_offered'; reason: string };

export interface TypeRules {
  content_type: ContentType;
  media_min: number;
  media_max: number | null;
  kinds: AssetKind[];
  items_min: number;
}

export interface Counting {
  url_weight: number;
  weighted_light_ranges: [number, number][];
  bare_endings: string[];
}

/** A choice of another setting. */
export interface Choice {
  key: string;
  value: string;
}

/** A setting that only one network has. */
export type Setting = {
  key: string;
  label: string;
  help: string;
  /** Whether a person has to choose before anything is published. A draft at the network needs no choice. */
  required: boolean;
  /** What it cannot be combined with while it is switched on or chosen. */
  clashes: Choice[];
  /** The choices of which one has to be made for it to say anything; empty if it says something by itself. */
  only_with: Choice[];
  /** The key of the moment that it cannot lie before. */
  not_before: string | null;
  /** The types that it is for; empty for all. */
  content_types: ContentType[];
} & (
  | { kind: 'choice'; options: { value: string; label: string }[] }
  | { kind: 'switch' | 'language' | 'address' | 'moment' }
  | { kind: 'text'; limits: TextLimit[]; counts_with_text: boolean }
);

export interface Rules {
  content_types: TypeRules[];
  counting: Counting;
  networks: { network: Network; name: string; cells: Record<ContentType, Cell>; settings: Setting[] }[];
}

export function cellOf(rules: Rules, network: Network, type: ContentType): Cell | undefined {
  return rules.networks.find((row) => row.network === network)?.cells[type];
}

export function offerOf(rules: Rules, network: Network, type: ContentType): Offer | undefined {
  const cell = cellOf(rules, network, type);
  return cell?.status === 'offered' ? cell : undefined;
}

/** The settings of a network, or those of it that a type has. */
export function settingsOf(rules: Rules, network: Network, type?: ContentType): Setting[] {
  const settings = rules.networks.find((row) => row.network === network)?.settings ?? [];
  return settings.filter(
    ({ content_types }) => type === undefined || content_types.length === 0 || content_types.includes(type),
  );
}

/** Whether a setting says anything with what is chosen beside it. */
export function applies({ only_with }: Setting, chosen: Readonly<Record<string, unknown>>): boolean {
  return only_with.length === 0 || only_with.some(({ key, value }) => chosen[key] === value);
}

/** What a type asks of its media on every network; absent where media are not what the type is. */
export function shapeOf(rules: Rules, type: ContentType): (TypeRules & { media_max: number }) | undefined {
  const found = rules.content_types.find((item) => item.content_type === type);
  return found && found.kinds.length > 0
    ? { ...found, media_max: found.media_max ?? Number.POSITIVE_INFINITY }
    : undefined;
}
