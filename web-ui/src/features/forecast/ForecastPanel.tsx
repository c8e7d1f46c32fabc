import { Skeleton, Stack, Text } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, client } from '../../api/client.ts';
import type { ChannelForecast, Forecast, Neighbour, Problem } from '../../api/types.ts';
import { dateTime } from '../../lib/zones.ts';
import { NetworkMark, networks } from '../../networks/index.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { states } from '../../ui/StatusBadge.tsx';
import css from './ForecastPanel.module.css';
import { accessOf, roomOf, sayingOf, summaryOf } from './words.ts';

interface Place {
  projectId: string;
  zone: string;
}

/** What will happen to a saved post if nothing changes. */
export function SavedForecast({ postId, ...place }: Place & { postId: string }) {
  const asked = api.useQuery('get', '/api/v1/posts/{id}/forecast', { params: { path: { id: postId } } });
  return <Panel {...place} asked={asked} />;
}

/**
 * What would happen to what stands in the composer. `body` is what the server would be sent, as text; `stored` the post as it is saved, which
 * its own deliveries are looked at by; `behind` says that more was typed since.
 */
export function UnsavedForecast({
  body,
  stored,
  behind,
  ...place
}: Place & { body: string; stored?: { id: string; version: number }; behind: boolean }) {
  const { projectId } = place;
  const postId = stored?.id;
  const asked = useQuery({
    // By its address, so that a hint of a post, a delivery or a channel has it asked anew.
    queryKey: ['post', '/api/v1/projects/{id}/posts/forecast', { projectId, stored, body }],
    retry: false,
    // It is about now: what was told a while ago is asked anew.
    staleTime: 0,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const { data } = await client.POST('/api/v1/projects/{id}/posts/forecast', {
        params: { path: { id: projectId }, query: { post_id: postId } },
        body: JSON.parse(body),
        signal,
      });
      return data;
    },
  });
  return <Panel {...place} asked={asked} stale={behind || asked.isPlaceholderData} />;
}

interface Asked {
  data?: Forecast;
  isPending: boolean;
  isError: boolean;
  error: unknown;
  refetch: () => unknown;
}

/** `stale`: what is shown is of what was written before, and what is true now is on its way. */
function Panel({ asked, projectId, zone, stale = false }: Place & { asked: Asked; stale?: boolean }) {
  if (asked.isPending) {
    return (
      <Stack gap={10} py={6} aria-busy="true" aria-label="Looking ahead">
        <Skeleton h={16} w="60%" />
        <Skeleton h={34} />
      </Stack>
    );
  }
  if (asked.isError || !asked.data) return <ErrorNote error={asked.error} onRetry={() => void asked.refetch()} />;
  const { channels } = asked.data;
  if (channels.length === 0) {
    return (
      <Text size="sm" c="dimmed" py={6}>
        Choose a channel to see what will happen there.
      </Text>
    );
  }
  return (
    <div data-testid="forecast" aria-busy={stale}>
      <Text size="sm" c="dimmed" role="status">
        {stale ? 'It was changed: looking again…' : summaryOf(channels)}
      </Text>
      <div className={css.list} data-stale={stale || undefined}>
        {channels.map((channel) => (
          <OneChannel key={channel.channel.id} told={channel} projectId={projectId} zone={zone} />
        ))}
      </div>
    </div>
  );
}

function OneChannel({ told, projectId, zone }: Place & { told: ChannelForecast }) {
  const { channel } = told;
  const saying = sayingOf(told, zone);
  const others = told.problems.filter((problem) => problem !== saying.because);
  return (
    <details className={css.item} data-verdict={told.verdict}>
      <summary className={css.summary}>
        <NetworkMark network={channel.network} size={18} />
        <Text size="sm" fw={600} truncate>
          {channel.name}
          <Text span c="dimmed" fw={400} size="sm">
            {' '}
            · {networks[channel.network].name}
          </Text>
        </Text>
        <IconChevronDown size={16} className={css.chevron} aria-hidden="true" />
        <span className={css.saying} data-tone={saying.tone}>
          {saying.text}
          {saying.because && told.verdict !== 'will_publish' && `: ${saying.because.message}`}
        </span>
      </summary>
      <dl className={css.details}>
        {saying.because && (
          <>
            <dt>{told.verdict === 'will_publish' ? 'Good to know' : 'What to do'}</dt>
            <dd>{told.verdict === 'will_publish' ? <Said problem={saying.because} /> : saying.because.remedy}</dd>
          </>
        )}
        {others.length > 0 && (
          <>
            <dt>{saying.because && told.verdict === 'will_publish' ? 'And' : 'Good to know'}</dt>
            <dd>
              <ul className={css.plain}>
                {others.map((problem) => (
                  <li key={`${problem.field}${problem.code}`}>
                    <Said problem={problem} />
                  </li>
                ))}
              </ul>
            </dd>
          </>
        )}
        <Words told={told} />
        <Files told={told} />
        <dt>Room</dt>
        <dd>
          <ul className={css.plain}>
            {roomOf(told, zone).map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </dd>
        <dt>Access</dt>
        <dd>{accessOf(told, zone)}</dd>
        {told.staged_from && (
          <>
            <dt>Sent ahead</dt>
            <dd>From {dateTime(told.staged_from, zone)}; at its time only the last call is left</dd>
          </>
        )}
        <Others title="Within the hour" posts={told.neighbours} projectId={projectId} zone={zone} />
        <Others title="Says the same" posts={told.same_content} projectId={projectId} zone={zone} />
      </dl>
    </details>
  );
}

function Said({ problem }: { problem: Problem }) {
  return (
    <>
      {problem.message} <span style={{ color: 'var(--mantine-color-dimmed)' }}>{problem.remedy}</span>
    </>
  );
}

/** The words exactly as they are sent. */
function Words({ told }: { told: ChannelForecast }) {
  const texts = told.parts.length > 0 ? told.parts : [told.text];
  return (
    <>
      <dt>Text as sent</dt>
      <dd>
        {texts.every((text) => text === '')
          ? 'No text is sent.'
          : texts.map((text, index) => (
              <p key={`${index}`} className={css.words}>
                {text}
              </p>
            ))}
        {told.conversion}
      </dd>
      {told.first_comment !== '' && (
        <>
          <dt>First comment</dt>
          <dd>
            <p className={css.words}>{told.first_comment}</p>
          </dd>
        </>
      )}
    </>
  );
}

function Files({ told }: { told: ChannelForecast }) {
  if (told.media.length === 0) return null;
  const places = { post: '', thread_part: 'in the thread', link_card: 'on the link card' };
  return (
    <>
      <dt>Media</dt>
      <dd>
        <ul className={css.plain}>
          {told.media.map((file, index) => (
            <li key={`${index}${file.asset_id}`}>
              {file.name} {places[file.place]}:{' '}
              {file.left_out ? 'not sent' : uncapitalized(file.conversion ?? 'Sent as it is.')}
              {file.alt_text !== '' && !file.left_out && `, described as “${file.alt_text}”`}
            </li>
          ))}
        </ul>
      </dd>
    </>
  );
}

/** `sent as an MP4 video`, to go on a sentence with. */
function uncapitalized(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1).replace(/\.$/, '');
}

function Others({ title, posts, projectId, zone }: Place & { title: string; posts: readonly Neighbour[] }) {
  if (posts.length === 0) return null;
  return (
    <>
      <dt>{title}</dt>
      <dd>
        <ul className={css.plain}>
          {posts.map((other) => (
            <li key={other.delivery_id}>
              <Link to="/p/$projectId/posts/$postId" params={{ projectId, postId: other.post_id }}>
                {other.title || 'Untitled'}
              </Link>
              <Text size="xs" c="dimmed">
                {other.due_at ? dateTime(other.due_at, zone) : ''} {states[other.state].label.toLowerCase()}
              </Text>
            </li>
          ))}
        </ul>
      </dd>
    </>
  );
}
