import { TextInput } from '@mantine/core';
import type { AssetKind, ContentType, Network } from '../../../api/types.ts';
import { offerOf, type Rules, shapeOf } from '../../../lib/rules.ts';
import { roomFor } from '../counters.ts';
import { mediaField } from '../uploads.ts';
import type { Writing } from '../useWriting.ts';
import { Counters } from './Counters.tsx';
import { LinkField } from './LinkField.tsx';
import { MediaField } from './MediaField.tsx';
import { PollField } from './PollField.tsx';
import { TextField } from './TextField.tsx';
import { ThreadField } from './ThreadField.tsx';
import { WhenField } from './WhenField.tsx';

interface Props {
  writing: Writing;
  rules: Rules;
  projectId: string;
  bytesMax: number;
  /** Of the chosen channels. */
  networks: readonly Network[];
  /** Of the channels that could be chosen, while none is. */
  reach: readonly Network[];
  mediaMax: number;
}

const kindNames: Record<AssetKind, string> = { image: 'pictures', gif: 'GIFs', video: 'videos', document: 'PDFs' };
const accepts: Record<AssetKind, string[]> = {
  image: ['image/*'],
  gif: ['image/gif'],
  video: ['video/*'],
  document: ['application/pdf'],
};

function textLabel(type: ContentType): string {
  if (type === 'story') return 'Text (stories carry none)';
  return type === 'text' || type === 'poll' || type === 'link' ? 'Text' : 'Caption';
}

/** What goes to every channel that does not say it otherwise: only the fields that the type and the channels have. */
export function SharedFields({ writing, rules, projectId, bytesMax, networks, reach, mediaMax }: Props) {
  const { draft, change, assets, addAsset, problems } = writing;
  const { content } = draft;
  const type = content.content_type;
  const offers = networks.flatMap((network) => offerOf(rules, network, type) ?? []);
  const shape = shapeOf(rules, type);
  const showsMedia = type !== 'thread' && (mediaMax > 0 || content.assets.length > 0);
  const showsComment = offers.some((offer) => offer.first_comment !== null) || content.first_comment !== '';
  const asksTitle = offers.some((offer) => offer.title !== null);
  const invalid = (field: string) =>
    problems.find((problem) => problem.field === field && problem.severity === 'error' && !problem.channel_id)?.message;

  return (
    <>
      {type === 'thread' ? (
        <ThreadField
          content={content}
          networks={networks}
          rules={rules}
          assets={assets}
          bytesMax={bytesMax}
          onAsset={addAsset}
          change={change}
        />
      ) : (
        <TextField
          id="field-text"
          label={textLabel(type)}
          value={content.text}
          rows={type === 'story' ? 2 : 5}
          error={invalid('text')}
          bareEndings={rules.counting.bare_endings}
          onChange={(value) => change({ type: 'text', value })}
        >
          <Counters rooms={roomFor(content, networks, rules)} />
        </TextField>
      )}
      {type === 'link' && content.link && (
        <LinkField
          projectId={projectId}
          link={content.link}
          assets={assets}
          onAsset={addAsset}
          onChange={(link) => change({ type: 'link', link })}
        />
      )}
      {type === 'poll' && content.poll && (
        <PollField
          poll={content.poll}
          networks={networks.length > 0 ? networks : reach}
          rules={rules}
          onChange={(poll) => change({ type: 'poll', poll })}
        />
      )}
      {showsMedia && (
        <MediaField
          id="field-assets"
          label={mediaField()}
          hint={shape ? shape.kinds.map((kind) => kindNames[kind]).join(' or ') : undefined}
          accept={shape?.kinds.flatMap((kind) => accepts[kind])}
          uses={content.assets}
          assets={assets}
          max={mediaMax}
          bytesMax={bytesMax}
          onAsset={(asset, later) => {
            addAsset(asset);
            change({ type: 'add_asset', use: { asset_id: asset.id, alt_text: asset.alt_text }, later });
          }}
          onChange={(uses) => change({ type: 'assets', uses })}
        />
      )}
      {type !== 'story' && (
        <TextInput
          id="field-hashtags"
          label="Hashtags"
          description="Separated by commas; added after the text"
          placeholder="coffee, spring"
          value={draft.typedHashtags}
          onChange={(event) => change({ type: 'hashtags', typed: event.currentTarget.value })}
        />
      )}
      {showsComment && (
        <TextField
          id="field-first_comment"
          label="First comment"
          rows={2}
          value={content.first_comment}
          onChange={(value) => change({ type: 'first_comment', value })}
        />
      )}
      <TextInput
        id="field-title"
        label="Title"
        description={
          asksTitle
            ? 'Shown on the networks that have titles, and in the library'
            : 'For yourselves, in the library and the calendar'
        }
        error={invalid('title')}
        value={content.title}
        onChange={(event) => change({ type: 'title', value: event.currentTarget.value })}
      />
      <WhenField
        id="field-schedule"
        label="When"
        when={draft.when}
        resolved={writing.resolved}
        onChange={(when) => change({ type: 'when', when })}
      />
    </>
  );
}
