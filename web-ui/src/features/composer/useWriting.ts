import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useCallback, useDeferredValue, useEffect, useMemo, useReducer, useRef, useState } from 'react';
import { client } from '../../api/client.ts';
import type { AssetView, ChannelView, PostView, Problem, ProjectView } from '../../api/types.ts';
import { check } from '../../lib/check.ts';
import { offerOf, type Rules } from '../../lib/rules.ts';
import { bodyOf, draftOf } from './body.ts';
import { emptyDraft, isWritten, reduce } from './draft.ts';
import { merged } from './problems.ts';
import { forget, keep, kept } from './storage.ts';

const keepAfterMs = 500;
const checkAfterMs = 500;
/** What the page cannot know by itself; such a finding stays on show while a newer check is under way. */
const serverOnly = /^(schedule|quota|channel|delivery|plan)\b/;

function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}

/** The draft, the files it names, what is wrong with it, and its copy in this browser. */
export function useWriting({
  project,
  post,
  date,
  rules,
  channels,
}: {
  project: ProjectView;
  post?: PostView;
  date?: string;
  rules: Rules;
  channels: readonly ChannelView[];
}) {
  const [start] = useState(() => {
    const found = kept(project.id, post?.id);
    const stored = post ? draftOf(post, project.time_zone) : emptyDraft(project.time_zone);
    if (date && !post) stored.when.local = `${date}T09:00`;
    const restored = found && isWritten(found.draft) ? found : undefined;
    if (restored && date && !post)
      restored.draft = { ...restored.draft, when: { ...restored.draft.when, local: `${date}T09:00` } };
    return {
      draft: restored?.draft ?? stored,
      stored,
      restoredAt: restored?.at,
      version: restored?.version ?? post?.version ?? 0,
      assets: [...(post?.media ?? []), ...(restored?.assets ?? [])],
    };
  });
  const [draft, change] = useReducer(reduce, start.draft);
  const [assets, setAssets] = useState<ReadonlyMap<string, AssetView>>(
    () => new Map(start.assets.map((asset) => [asset.id, asset])),
  );
  const [restoredAt, setRestoredAt] = useState(start.restoredAt);
  const [stored, setStored] = useState(post && { id: post.id, version: start.version });
  const [deliveries, setDeliveries] = useState(post?.deliveries ?? []);
  const [savedDraft, setSavedDraft] = useState(start.restoredAt ? start.stored : start.draft);
  const [savedAt, setSavedAt] = useState<string>();
  const [keptAt, setKeptAt] = useState<string>();
  const dirty = draft !== savedDraft;

  const addAsset = useCallback((asset: AssetView) => setAssets((was) => new Map(was).set(asset.id, asset)), []);

  const keeping = useRef<() => void>(() => undefined);
  useEffect(() => {
    keeping.current = () => undefined;
    if (!dirty) return;
    const write = () => {
      // What a person emptied again must not come back.
      if (!isWritten(draft)) {
        setKeptAt(undefined);
        return forget(project.id, stored?.id);
      }
      const at = new Date().toISOString();
      if (keep(project.id, stored?.id, { draft, assets: [...assets.values()], version: stored?.version ?? 0, at }))
        setKeptAt(at);
    };
    keeping.current = write;
    const timer = setTimeout(write, keepAfterMs);
    return () => clearTimeout(timer);
  }, [dirty, draft, assets, project.id, stored]);
  // A page that is closed in the middle of a word still keeps it.
  useEffect(() => {
    const leave = () => keeping.current();
    window.addEventListener('pagehide', leave);
    return () => window.removeEventListener('pagehide', leave);
  }, []);

  const type = draft.content.content_type;
  const going = useMemo(() => {
    const chosen = new Set(draft.chosen.map((item) => item.channelId));
    return channels.filter((channel) => chosen.has(channel.id) && offerOf(rules, channel.network, type));
  }, [draft.chosen, channels, rules, type]);
  const body = useMemo(() => bodyOf(draft, new Set(going.map((channel) => channel.id))), [draft, going]);

  const written = isWritten(draft);
  const asking = useDeferredValue(body);
  const facts = useMemo(
    () => Object.fromEntries([...assets.values()].map((asset) => [asset.id, asset.facts])),
    [assets],
  );
  const own = useMemo(() => {
    const networkOf = new Map(channels.map((channel) => [channel.id, channel.network]));
    const asked = (asking.deliveries ?? []).flatMap((delivery) => {
      const network = networkOf.get(delivery.channel_id);
      return network
        ? [{ network, channel_id: delivery.channel_id, overrides: delivery.overrides, mode: delivery.mode }]
        : [];
    });
    const content = {
      content_type: asking.content_type,
      title: asking.title ?? '',
      text: asking.text ?? '',
      hashtags: asking.hashtags ?? [],
      assets: asking.assets ?? [],
      link: asking.link ?? null,
      poll: asking.poll ?? null,
      thread: asking.thread ?? [],
      first_comment: asking.first_comment ?? '',
    };
    return check({ content, channels: asked, assets: facts }, rules);
  }, [asking, channels, facts, rules]);

  const bodyText = JSON.stringify(body);
  const settled = useSettled(bodyText, checkAfterMs);
  const checked = useQuery({
    queryKey: ['check', project.id, settled],
    enabled: written,
    retry: false,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const { data } = await client.POST('/api/v1/projects/{id}/posts/check', {
        params: { path: { id: project.id } },
        body: JSON.parse(settled),
        signal,
      });
      return data ?? null;
    },
  });
  const fresh = checked.data && !checked.isPlaceholderData && settled === bodyText;
  const problems: Problem[] = written
    ? merged(
        own,
        (checked.data?.problems ?? []).filter((problem) => fresh || serverOnly.test(problem.code)),
      )
    : [];
  const timeIsFresh =
    (checked.data?.schedule?.local ?? '') === draft.when.local && checked.data?.schedule?.zone === draft.when.zone;

  /** Notes that the server now has it. */
  const saved = useCallback(
    (answer: PostView) => {
      forget(project.id, stored?.id);
      forget(project.id, answer.id);
      setStored({ id: answer.id, version: answer.version });
      setDeliveries(answer.deliveries);
      setSavedDraft(draft);
      setSavedAt(new Date().toISOString());
      setRestoredAt(undefined);
      setAssets((was) => new Map([...was, ...answer.media.map((asset) => [asset.id, asset] as const)]));
    },
    [draft, project.id, stored?.id],
  );

  /** Goes back to what the server has. */
  const discard = useCallback(() => {
    forget(project.id, stored?.id);
    setRestoredAt(undefined);
    change({ type: 'replace', draft: start.stored });
    setSavedDraft(start.stored);
    if (post) setStored({ id: post.id, version: post.version });
  }, [project.id, stored?.id, start.stored, post]);

  return {
    draft,
    change,
    assets,
    addAsset,
    going,
    body,
    /** The body as text, once nobody has typed for a moment. */
    settled,
    /** Whether more was typed since. */
    behind: settled !== bodyText,
    problems,
    written,
    dirty,
    stored,
    saved,
    savedAt,
    keptAt,
    restoredAt,
    discard,
    facts,
    resolved: timeIsFresh ? (checked.data?.schedule ?? undefined) : undefined,
    /** The channel of a delivery, as the post was stored last. */
    channelOf: (deliveryId?: string) => deliveries.find(({ id }) => id === deliveryId)?.channel.id,
    channelTimes: new Map((checked.data?.channel_schedules ?? []).map((item) => [item.channel_id, item.time])),
    checkError: checked.isError ? checked.error : undefined,
  };
}

export type Writing = ReturnType<typeof useWriting>;
