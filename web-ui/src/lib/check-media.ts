/** Files: how many, of which kind, and every bound. Twin of `core::rules::check::media`. */

import type { AssetFacts, AssetUse, ContentType, Network } from '../api/types.ts';
import { contentTypes } from '../app/addresses.ts';
import { either, type Facts, fitting, nameOf, type Report } from './check.ts';
import { within } from './check-words.ts';
import type { PostContent } from './content.ts';
import {
  type Bound,
  type FileRule,
  type Measure,
  type MediaRule,
  type Offer,
  offerOf,
  shapeOf,
  type Unit,
} from './rules.ts';

interface Place {
  network: Network;
  name: string;
  type: ContentType;
  assets: Facts;
}

export function checkMedia(report: Report, network: Network, content: PostContent, offer: Offer, assets: Facts) {
  const { rules } = report;
  const type = content.content_type;
  const place: Place = { network, name: nameOf(rules, network), type, assets };
  if (type === 'thread' && offer.thread) {
    const rule = offer.thread.media;
    content.thread.forEach((part, index) => {
      list(report, place, `thread.${index}.assets`, part.assets ?? [], rule);
    });
  }
  if (offer.media.max.value === 0) {
    if (content.assets.length > 0) {
      report.warning(
        'assets',
        'assets.left_out',
        `${place.name} sends a post of type ${type} without media: yours are left out.`,
        undefined,
        `Change the type to ${either(fitting(rules, network, content, assets))} to send them.`,
      );
    }
    return;
  }
  const found = content.assets.length;
  const shape = shapeOf(rules, type);
  if (found < offer.media.min && found >= (shape?.media_min ?? 0)) {
    const mediaTypes = contentTypes.filter((item) => shapeOf(rules, item) && offerOf(rules, network, item));
    report.error(
      'assets',
      'assets.required',
      `${place.name} takes a post of type ${type} only with media.`,
      [offer.media.min, found],
      `Add a picture or a video, change the type to ${either(mediaTypes)}, or leave ${place.name} out.`,
    );
  }
  // A network's own most is of no use beyond what the type takes, which is said once for all networks.
  const max =
    shape && shape.media_max <= offer.media.max.value
      ? { ...offer.media.max, value: Number.POSITIVE_INFINITY }
      : offer.media.max;
  list(report, place, 'assets', content.assets, { ...offer.media, max });
}

function list(report: Report, place: Place, field: string, used: readonly AssetUse[], rule: MediaRule) {
  const { name } = place;
  const found = used.length;
  const max = rule.max.value;
  if (found > max) {
    report.error(
      field,
      'assets.too_many',
      `${name} takes ${max} files here; these are ${found}.`,
      [max, found],
      `Take ${found - max} out, or choose other media for ${name} alone.`,
    );
  }
  let loners = false;
  const ratios: [number, number][] = [];
  used.forEach((item, index) => {
    const facts = place.assets[item.asset_id];
    if (!facts) return;
    const at = `${field}.${index}`;
    const file = rule.files.find(({ kind }) => kind === facts.kind);
    if (!file) {
      // What the type itself refuses is said once for all networks.
      const shape = shapeOf(report.rules, place.type);
      if (!shape || shape.kinds.includes(facts.kind)) {
        report.error(
          at,
          'assets.kind',
          `${name} takes no ${facts.kind} here.`,
          undefined,
          `Take it out, or choose other media for ${name} alone.`,
        );
      }
      return;
    }
    loners ||= file.alone && found > 1;
    if (facts.width && facts.height) ratios.push([facts.width, facts.height]);
    format(report, name, at, facts, file);
    for (const bound of file.bounds) hold(report, name, at, facts, bound);
    altText(report, name, at, item.alt_text ?? '', file);
  });
  if (loners) {
    report.error(
      field,
      'assets.mixed',
      `On ${name} a video, GIF or document stands alone in a post.`,
      undefined,
      `Leave only it, or only pictures, or choose other media for ${name} alone.`,
    );
  }
  const [first, ...rest] = ratios;
  if (
    rule.same_ratio &&
    first &&
    rest.some(([width, height]) => Math.abs(first[0] * height - width * first[1]) * 100 > first[0] * height)
  ) {
    report.error(
      field,
      'assets.ratio_differs',
      `${name} wants every picture of a carousel in the same ratio.`,
      undefined,
      'Crop them to one ratio.',
    );
  }
}

function format(report: Report, name: string, field: string, facts: AssetFacts, file: FileRule) {
  if (!file.mimes.includes(facts.mime) && !file.converted_mimes.includes(facts.mime)) {
    report.error(
      field,
      'media.format',
      `${name} does not take ${facts.mime}.`,
      undefined,
      `Upload it as ${file.mimes.join(' or ')}.`,
    );
  }
  const codec = facts.video_codec;
  if (codec && file.video_codecs.length > 0 && !file.video_codecs.includes(codec)) {
    report.error(
      field,
      'media.codec',
      `${name} does not take videos in ${codec}.`,
      undefined,
      `Export the video in ${file.video_codecs.join(' or ')}.`,
    );
  }
}

/** What a measure finds in the facts; absent if it was not measured. */
function measured(measure: Measure, facts: AssetFacts): number | undefined {
  const width = facts.width ?? undefined;
  const height = facts.height ?? undefined;
  const both = <T>(act: (w: number, h: number) => T) =>
    width === undefined || height === undefined ? undefined : act(width, height);
  switch (measure) {
    case 'bytes_max':
    case 'bytes_min':
      return facts.bytes;
    case 'width_max':
    case 'width_min':
      return width;
    case 'height_max':
    case 'height_min':
      return height;
    case 'sides_sum_max':
      return both((w, h) => w + h);
    case 'area_max':
      return both((w, h) => w * h);
    case 'area_frames_max':
      return facts.frames == null ? undefined : both((w, h) => w * h * (facts.frames ?? 0));
    case 'ratio_max':
    case 'ratio_min':
      return both((w, h) => (h === 0 ? undefined : Math.trunc((w * 1000) / h)));
    case 'duration_max':
    case 'duration_min':
      return facts.duration_ms ?? undefined;
    // Cameras write 23.976 for 24 and 59.94 for 60, and the networks' figures are whole.
    case 'frame_rate_max':
    case 'frame_rate_min':
      return facts.frame_rate != null && Math.abs(facts.frame_rate) < 1e6
        ? Math.round(facts.frame_rate) * 1000
        : undefined;
    case 'frames_max':
      return facts.frames ?? undefined;
    case 'pages_max':
      return facts.pages ?? undefined;
  }
}

const smaller = 'Make it smaller, or choose another file.';
const scale = 'Scale it down, or choose another file.';
const larger = 'Choose a larger file.';
const crop = 'Crop it, or choose another file.';
const rate = 'Export it with another frame rate.';

const told: Record<Measure, [code: string, remedy: string]> = {
  bytes_max: ['media.too_large', smaller],
  bytes_min: ['media.too_small', larger],
  width_max: ['media.too_wide', scale],
  width_min: ['media.too_narrow', larger],
  height_max: ['media.too_high', scale],
  height_min: ['media.too_low', larger],
  sides_sum_max: ['media.sides_too_long', smaller],
  area_max: ['media.too_many_pixels', smaller],
  area_frames_max: ['media.too_many_pixels', smaller],
  ratio_max: ['media.ratio_too_wide', crop],
  ratio_min: ['media.ratio_too_tall', crop],
  duration_max: ['media.too_long', 'Cut it shorter, or choose another file.'],
  duration_min: ['media.too_short', 'Choose a longer video.'],
  frame_rate_max: ['media.too_fast', rate],
  frame_rate_min: ['media.too_slow', rate],
  frames_max: ['media.too_many_frames', smaller],
  pages_max: ['media.too_many_pages', 'Take pages out.'],
};

const things = { image: 'pictures', gif: 'GIFs', video: 'videos', document: 'documents' } as const;

function hold(report: Report, name: string, field: string, facts: AssetFacts, bound: Bound) {
  const actual = measured(bound.measure, facts);
  if (actual === undefined) return;
  const limit = bound.limit.value;
  const floor = bound.measure.endsWith('_min');
  if ((floor ? actual >= limit : actual <= limit) || bound.beyond === 'converted') return;
  const [code, remedy] = told[bound.measure];
  const edge = `${things[facts.kind]} of ${floor ? 'at least' : 'at most'} ${shown(bound.limit.unit, limit)} here; this has ${shown(bound.limit.unit, actual)}.`;
  if (bound.beyond === 'advised')
    report.warning(field, code, `${name} advises ${edge} It may be refused or shown worse.`, [limit, actual], remedy);
  else report.error(field, code, `${name} takes ${edge}`, [limit, actual], remedy);
}

/** A figure as people write it. */
export function shown(unit: Unit, value: number): string {
  const tenths = (by: number, name: string) => {
    const tenth = Math.trunc(((value % by) * 10) / by);
    const whole = Math.trunc(value / by);
    return tenth === 0 ? `${whole} ${name}` : `${whole}.${tenth} ${name}`;
  };
  switch (unit) {
    case 'bytes':
      return value >= 1e9
        ? tenths(1e9, 'GB')
        : value >= 1e6
          ? tenths(1e6, 'MB')
          : value >= 1e3
            ? tenths(1e3, 'kB')
            : `${value} bytes`;
    case 'ms':
      return value >= 600_000 ? tenths(60_000, 'minutes') : tenths(1_000, 'seconds');
    case 'ratio_thousandths':
      return `${Math.trunc(value / 1000)}.${String(value % 1000).padStart(3, '0')}:1`;
    case 'frame_rate_thousandths':
      return tenths(1_000, 'frames a second');
    case 'pixels':
    case 'pixel_area':
      return `${value} pixels`;
    case 'count':
      return String(value);
    default:
      return `${value} ${unit}`;
  }
}

function altText(report: Report, name: string, at: string, text: string, file: FileRule) {
  if (text.trim() === '') return;
  const field = `${at}.alt_text`;
  if (file.alt_text === null) {
    report.warning(
      field,
      'alt_text.left_out',
      `${name} takes no alt text here: yours is left out.`,
      undefined,
      'Nothing to do; the other networks get it.',
    );
    return;
  }
  for (const limit of file.alt_text) {
    within(report, text, limit, {
      field,
      code: 'alt_text.too_long',
      what: `${name}’s alt text`,
      remedy: 'Shorten it.',
    });
  }
}
