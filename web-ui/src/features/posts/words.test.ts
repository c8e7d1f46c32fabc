import { describe, expect, it } from 'vitest';
import type { DeliveryView, PostView } from '../../api/types.ts';
import { postInstant, postName, troubles, whatHappened } from './words.ts';

const post = (part: Partial<PostView>) =>
  ({
    title: '',
    text: '',
    content_type: 'text',
    thread: [],
    poll: null,
    deliveries: [],
    schedule: null,
    ...part,
  }) as unknown as PostView;
const delivery = (state: string, due_at?: string) => ({ state, due_at }) as DeliveryView;

describe('a post in lists', () => {
  it('is called by its title, else by how it begins', () => {
    expect(postName(post({ title: 'Spring', text: 'Hello' }))).toBe('Spring');
    expect(postName(post({ text: 'First line\nsecond' }))).toBe('First line');
    expect(postName(post({ content_type: 'reel' }))).toBe('Untitled reel');
    expect([...postName(post({ text: '☕'.repeat(200) }))]).toHaveLength(91);
  });

  it('stands at the next instant that is due, else at the last that was', () => {
    const deliveries = [
      delivery('published', '2026-11-01T08:00:00Z'),
      delivery('scheduled', '2026-11-05T08:00:00Z'),
      delivery('canceled', '2026-11-03T08:00:00Z'),
    ];
    expect(postInstant(post({ deliveries }), Date.parse('2026-11-02T00:00:00Z'))).toBe('2026-11-05T08:00:00Z');
    expect(postInstant(post({ deliveries }), Date.parse('2026-12-02T00:00:00Z'))).toBe('2026-11-05T08:00:00Z');
    expect(postInstant(post({}), 0)).toBeUndefined();
  });

  it('tells the worst trouble first and no trouble where there is none', () => {
    expect(
      troubles([delivery('published'), delivery('deferred'), delivery('failed'), delivery('in_doubt')]).map(
        (item) => item.state,
      ),
    ).toEqual(['failed', 'in_doubt', 'deferred']);
  });

  it('says what holds a delivery ahead of its end', () => {
    const held = { ...delivery('scheduled'), held: { message: 'It is halted.', remedy: 'Lift it.' } } as DeliveryView;
    expect(whatHappened(held)).toEqual({ text: 'It is halted.', remedy: 'Lift it.' });
    expect(whatHappened({ ...delivery('missed'), missed_why: 'halted' } as DeliveryView).text).toContain('halted');
    expect(whatHappened(delivery('scheduled'))).toEqual({ text: '', remedy: '' });
  });
});
