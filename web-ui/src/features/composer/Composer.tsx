import { Button, Collapse, Group, Stack, Tabs, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconHistory, IconUsers } from '@tabler/icons-react';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { explain } from '../../api/errors.ts';
import type { AssetKind, Capabilities, ChannelView, ContentType, PostView, Problem } from '../../api/types.ts';
import { contentTypes } from '../../app/addresses.ts';
import { usePlace } from '../../app/session.tsx';
import { fitting } from '../../lib/check.ts';
import { offerOf, type Rules, shapeOf } from '../../lib/rules.ts';
import { split } from '../../lib/split.ts';
import { dateTime, fromNow, wallTime } from '../../lib/zones.ts';
import { NetworkMark } from '../../networks/index.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { PageHead } from '../../ui/PageHead.tsx';
import { Pill } from '../../ui/Pill.tsx';
import css from './Composer.module.css';
import { ActionBar } from './components/ActionBar.tsx';
import { ChannelPanel } from './components/ChannelPanel.tsx';
import { ChannelPicker } from './components/ChannelPicker.tsx';
import { Counters } from './components/Counters.tsx';
import { LinkField } from './components/LinkField.tsx';
import { MediaField } from './components/MediaField.tsx';
import { Outcome } from './components/Outcome.tsx';
import { PollField } from './components/PollField.tsx';
import { PreviewPanel } from './components/PreviewPanel.tsx';
import { ProblemList } from './components/ProblemList.tsx';
import { TextField } from './components/TextField.tsx';
import { ThreadField, tightestPart } from './components/ThreadField.tsx';
import { TypePicker } from './components/TypePicker.tsx';
import { WhenField } from './components/WhenField.tsx';
import { roomFor } from './counters.ts';
import { ofChannel } from './problems.ts';
import { useSaving } from './useSaving.ts';
import { useWriting } from './useWriting.ts';

interface Props {
  capabilities: Capabilities;
  rules: Rules;
  channels: readonly ChannelView[];
  post?: PostView;
  date?: string;
  onMade: (postId: string) => void;
  onNew: () => void;
  onReload: () => void;
}

const kindNames: Record<AssetKind, string> = { image: 'pictures', gif: 'GIFs', video: 'videos', document: 'PDFs' };
const accepts: Record<AssetKind, string[]> = {
  image: ['image/*'],
  gif: ['image/gif'],
  video: ['video/*'],
  document: ['application/pdf'],
};

export function Composer({ capabilities, rules, channels, post, date, onMade, onNew, onReload }: Props) {
  const { project, membership } = usePlace();
  const writing = useWriting({ project, post, date, rules, channels });
  const { draft, change, assets, addAsset, going, problems, stored } = writing;
  const { content } = draft;
  const type = content.content_type;
  const saving = useSaving(project.id, stored, writing.body, (answer) => {
    writing.saved(answer);
    if (!stored) onMade(answer.id);
  });
  const [tab, setTab] = useState<string>('all');
  const [previewOpen, preview] = useDisclosure(false);
  const live = api.useQuery(
    'get',
    '/api/v1/posts/{id}',
    { params: { path: { id: stored?.id ?? '' } } },
    { enabled: stored !== undefined && !saving.outcome },
  );
  const overtaken = stored !== undefined && !saving.isPending && (live.data?.version ?? 0) > stored.version;

  if (saving.outcome) {
    return (
      <>
        <PageHead title="Composer" />
        <Outcome post={saving.outcome.post} warnings={saving.outcome.warnings} zone={project.time_zone} onNew={onNew} />
      </>
    );
  }

  const networks = [...new Set(going.map((channel) => channel.network))];
  const reach =
    channels.length > 0
      ? channels.map((channel) => channel.network)
      : capabilities.networks.filter((item) => item.variants.length > 0).map((item) => item.network);
  const types = contentTypes.filter((item) => item === type || reach.some((network) => offerOf(rules, network, item)));
  const offers = networks.flatMap((network) => offerOf(rules, network, type) ?? []);
  const shape = shapeOf(rules, type);
  const mediaMax = shape?.media_max ?? Math.max(0, ...offers.map((offer) => offer.media.max.value));
  const showsMedia = type !== 'thread' && (mediaMax > 0 || content.assets.length > 0);
  const showsComment = offers.some((offer) => offer.first_comment !== null) || content.first_comment !== '';
  const asksTitle = offers.some((offer) => offer.title !== null);
  const current = going.find((channel) => channel.id === tab);
  const chosen = current && draft.chosen.find((item) => item.channelId === current.id);

  const switchTo = (value: ContentType) => {
    const tightest = value === 'thread' ? tightestPart(networks.length > 0 ? networks : reach, rules) : undefined;
    change({
      type: 'content_type',
      value,
      parts:
        tightest && content.text.trim() !== ''
          ? split(content.text, tightest.counter, tightest.max, rules.counting)
          : undefined,
    });
  };
  const switches = (problem: Problem): ContentType[] => {
    const { network } = problem;
    const able = (items: ContentType[]) =>
      items
        .filter((item) => item !== type && types.includes(item) && (!network || offerOf(rules, network, item)))
        .slice(0, 3);
    switch (problem.code) {
      case 'content_type.not_offered':
      case 'assets.left_out':
        return network ? able(fitting(rules, network, content, writing.facts)) : [];
      case 'assets.too_many':
        return type === 'image' ? able(['carousel']) : [];
      case 'assets.required':
        return network
          ? able(['image', 'carousel', 'reel'])
          : content.assets.length === 1 && type === 'carousel'
            ? able(['image'])
            : content.assets.length === 0
              ? able(['text'])
              : [];
      case 'assets.kind': {
        const index = Number(problem.field.split('.')[1]);
        const kind = writing.facts[content.assets[index]?.asset_id ?? '']?.kind;
        return contentTypes
          .filter((item) => kind && item !== type && types.includes(item) && shapeOf(rules, item)?.kinds.includes(kind))
          .slice(0, 3);
      }
      case 'text.too_long':
        return type === 'text' ? able(['thread']) : [];
      default:
        return [];
    }
  };
  const told = saving.isError && !saving.conflict ? explain(saving.error) : undefined;
  const invalid = (field: string) =>
    problems.find((problem) => problem.field === field && problem.severity === 'error' && !problem.channel_id)?.message;

  return (
    <div className={css.page}>
      <div className={css.head}>
        <PageHead title={post || stored ? 'Edit post' : 'New post'} line={<SaveState writing={writing} />}>
          <ActionBar writing={writing} saving={saving} membership={membership} className={css.wideActions} />
        </PageHead>
      </div>

      {writing.restoredAt && (
        <Notice tone="blue" icon={<IconHistory size={18} />} mb="md" title="This is what you were writing">
          <Group gap="sm">
            <Text size="sm">Kept in this browser {fromNow(writing.restoredAt, Date.now())}, not saved yet.</Text>
            <Button size="compact-sm" variant="default" onClick={writing.discard}>
              Discard it
            </Button>
          </Group>
        </Notice>
      )}
      {(saving.conflict || overtaken) && (
        <Notice
          tone="amber"
          icon={<IconUsers size={18} />}
          mb="md"
          title="Somebody else changed this post meanwhile"
          role="alert"
        >
          <Group gap="sm">
            <Text size="sm">What you wrote is kept here. Choose whose words stay.</Text>
            <Button
              size="compact-sm"
              variant="default"
              onClick={() => {
                writing.discard();
                onReload();
              }}
            >
              Load theirs
            </Button>
            <Button
              size="compact-sm"
              variant="default"
              loading={saving.isPending}
              onClick={() => saving.mutate({ ending: 'save', over: true })}
            >
              Save mine over theirs
            </Button>
          </Group>
        </Notice>
      )}
      {told && (
        <div style={{ marginBottom: 16 }}>
          <ErrorNote error={saving.error}>
            {told.nextFreeAt && (
              <Button
                size="xs"
                onClick={() => {
                  change({ type: 'when', when: { local: wallTime(told.nextFreeAt ?? '', draft.when.zone) } });
                  saving.reset();
                }}
              >
                Take the next free time, {dateTime(told.nextFreeAt, draft.when.zone)}
              </Button>
            )}
          </ErrorNote>
        </div>
      )}

      <div className={css.columns}>
        <Stack gap="lg" className={`pr-panel ${css.form}`}>
          <TypePicker value={type} types={types} onChange={switchTo} />
          <ChannelPicker
            channels={channels}
            type={type}
            chosen={new Set(going.map((channel) => channel.id))}
            rules={rules}
            projectId={project.id}
            onChoose={(channelId, on) => change({ type: 'choose', channelId, on })}
          />

          {going.length > 0 && (
            <Tabs value={current ? tab : 'all'} onChange={(value) => setTab(value ?? 'all')}>
              <Tabs.List aria-label="Shared or per channel" className={css.tabs}>
                <Tabs.Tab value="all">All channels</Tabs.Tab>
                {going.map((channel) => {
                  const errors = ofChannel(problems, channel).filter((problem) => problem.severity === 'error').length;
                  const own = draft.chosen.find((item) => item.channelId === channel.id);
                  const changed = own && (Object.keys(own.overrides).length > 0 || own.mode === 'draft' || own.when);
                  return (
                    <Tabs.Tab
                      key={channel.id}
                      value={channel.id}
                      leftSection={<NetworkMark network={channel.network} size={16} />}
                      rightSection={
                        errors > 0 ? (
                          <Pill tone="red">{errors}</Pill>
                        ) : changed ? (
                          <Pill tone="blue">own</Pill>
                        ) : undefined
                      }
                    >
                      {channel.name}
                    </Tabs.Tab>
                  );
                })}
              </Tabs.List>
            </Tabs>
          )}

          {current && chosen ? (
            <ChannelPanel
              key={current.id}
              draft={draft}
              chosen={chosen}
              channel={current}
              rules={rules}
              assets={assets}
              bytesMax={capabilities.upload_bytes_max}
              mediaMax={mediaMax}
              resolved={writing.channelTimes.get(current.id)}
              onAsset={addAsset}
              change={change}
            />
          ) : (
            <>
              {type === 'thread' ? (
                <ThreadField
                  content={content}
                  networks={networks}
                  rules={rules}
                  projectId={project.id}
                  assets={assets}
                  bytesMax={capabilities.upload_bytes_max}
                  onAsset={addAsset}
                  change={change}
                />
              ) : (
                <TextField
                  id="field-text"
                  label={
                    type === 'story'
                      ? 'Text (stories carry none)'
                      : type === 'text' || type === 'poll' || type === 'link'
                        ? 'Text'
                        : 'Caption'
                  }
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
                  projectId={project.id}
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
                  label="Media"
                  hint={shape ? shape.kinds.map((kind) => kindNames[kind]).join(' or ') : undefined}
                  accept={shape?.kinds.flatMap((kind) => accepts[kind])}
                  projectId={project.id}
                  uses={content.assets}
                  assets={assets}
                  max={mediaMax}
                  bytesMax={capabilities.upload_bytes_max}
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
          )}
        </Stack>

        <div className={css.aside}>
          <div className={`pr-panel ${css.box}`}>
            {writing.written ? (
              <ProblemList problems={problems} switches={switches} onSwitch={switchTo} />
            ) : (
              <Text size="sm" c="dimmed">
                What a network would refuse is listed here while you write, with what to do about it.
              </Text>
            )}
            {writing.checkError !== undefined && (
              <Text size="xs" c="var(--pr-amber)" mt="xs">
                The server could not check this: {explain(writing.checkError).text}
              </Text>
            )}
          </div>
          <Button
            className={css.previewToggle}
            variant="default"
            fullWidth
            onClick={preview.toggle}
            aria-expanded={previewOpen}
          >
            {previewOpen ? 'Hide preview' : 'Show preview'}
          </Button>
          <div className={css.widePreview}>
            <PreviewPanel draft={draft} channels={going} rules={rules} assets={assets} focus={current?.id} />
          </div>
          <Collapse expanded={previewOpen} className={css.narrowPreview}>
            {previewOpen && (
              <PreviewPanel draft={draft} channels={going} rules={rules} assets={assets} focus={current?.id} />
            )}
          </Collapse>
        </div>
      </div>
      <div className={css.narrowActions}>
        <ActionBar writing={writing} saving={saving} membership={membership} />
      </div>
    </div>
  );
}

function SaveState({ writing }: { writing: ReturnType<typeof useWriting> }) {
  const { dirty, savedAt, keptAt, stored, written } = writing;
  const time = (at: string) =>
    new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' }).format(new Date(at));
  if (!dirty && savedAt) return <span role="status">Saved as a draft at {time(savedAt)}</span>;
  if (dirty && keptAt) return <span role="status">Kept in this browser at {time(keptAt)}, not saved yet</span>;
  if (dirty && written) return <span role="status">Not saved yet</span>;
  return <span role="status">{stored ? 'No changes' : 'Nothing written yet'}</span>;
}
