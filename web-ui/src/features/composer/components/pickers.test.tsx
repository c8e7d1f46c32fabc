import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MantineProvider } from '@mantine/core';
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from '@tanstack/react-router';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { ReactNode } from 'react';
import { describe, expect, it, vi } from 'vitest';
import type { ChannelView, Problem } from '../../../api/types.ts';
import type { Rules } from '../../../lib/rules.ts';
import { ChannelPicker } from './ChannelPicker.tsx';
import { ProblemList } from './ProblemList.tsx';
import { TypePicker } from './TypePicker.tsx';

const rules: Rules = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../../../crates/core/tests/rules.json'), 'utf8'),
);

function show(children: ReactNode) {
  const router = createRouter({
    routeTree: createRootRoute({ component: () => children }),
    history: createMemoryHistory(),
  });
  render(
    <MantineProvider env="test">
      <RouterProvider router={router as never} />
    </MantineProvider>,
  );
}

const channel = (id: string, network: ChannelView['network'], name: string, status: ChannelView['status'] = 'active') =>
  ({ id, network, name, status, handle: '', kind: 'page', missing: [], halted_at: null }) as unknown as ChannelView;

describe('the channel picker', () => {
  it('offers the channels that take the type, and says why the others do not', async () => {
    const onChoose = vi.fn();
    show(
      <ChannelPicker
        channels={[channel('chan_1', 'facebook', 'Acme'), channel('chan_2', 'bluesky', 'Acme sky')]}
        type="story"
        chosen={new Set()}
        rules={rules}
        projectId="proj_1"
        onChoose={onChoose}
      />,
    );
    expect(await screen.findByText('Bluesky has no stories.')).toBeVisible();
    expect(screen.queryByRole('checkbox', { name: 'Bluesky: Acme sky' })).not.toBeInTheDocument();
    await userEvent.click(screen.getByRole('checkbox', { name: 'Facebook: Acme' }));
    expect(onChoose).toHaveBeenCalledWith('chan_1', true);
  });

  it('lets a channel without access be chosen, and says that it cannot publish now', async () => {
    show(
      <ChannelPicker
        channels={[channel('chan_1', 'facebook', 'Acme', 'revoked')]}
        type="text"
        chosen={new Set(['chan_1'])}
        rules={rules}
        projectId="proj_1"
        onChoose={() => undefined}
      />,
    );
    expect(await screen.findByRole('checkbox', { name: 'Facebook: Acme' })).toBeChecked();
    expect(screen.getByText(/It can be scheduled, not published now/)).toBeVisible();
    expect(screen.getByRole('link', { name: 'Reconnect' })).toHaveAttribute('href', '/p/proj_1/connections#chan_1');
  });
});

describe('the type picker', () => {
  it('goes by keyboard as one choice of many', async () => {
    const onChange = vi.fn();
    show(<TypePicker value="text" types={['text', 'image', 'link']} onChange={onChange} />);
    expect(await screen.findByRole('radio', { name: 'Text' })).toBeChecked();
    screen.getByRole('radio', { name: 'Text' }).focus();
    await userEvent.keyboard('{ArrowRight}');
    expect(onChange).toHaveBeenCalledWith('image');
  });
});

describe('the list of problems', () => {
  it('names each with its remedy, and mends by a change of type', async () => {
    const onSwitch = vi.fn();
    const problem: Problem = {
      field: 'assets',
      code: 'assets.too_many',
      severity: 'error',
      message: 'One picture only.',
      remedy: 'Take some out.',
    };
    show(<ProblemList problems={[problem]} switches={() => ['carousel']} onSwitch={onSwitch} />);
    expect(await screen.findByText('1 to mend before it can be scheduled')).toBeVisible();
    expect(screen.getByText('Take some out.')).toBeVisible();
    await userEvent.click(screen.getByRole('button', { name: 'Change to carousel' }));
    expect(onSwitch).toHaveBeenCalledWith('carousel');
  });

  it('says so when nothing stands in the way', async () => {
    show(<ProblemList problems={[]} switches={() => []} onSwitch={() => undefined} />);
    expect(await screen.findByText('Nothing stands in the way')).toBeVisible();
  });
});
