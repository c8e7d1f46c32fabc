import { Anchor, type AnchorProps, Button, type ButtonProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { AnchorHTMLAttributes, Ref } from 'react';

type Native = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof ButtonProps> & { ref?: Ref<HTMLAnchorElement> };

/** A button that leads to another screen. */
export const LinkButton = createLink(({ ref, ...props }: Omit<ButtonProps, 'href'> & Native) => (
  <Button component="a" ref={ref} {...props} />
));

/** Words that lead to another screen. */
export const LinkAnchor = createLink(
  ({ ref, ...props }: Omit<AnchorProps, 'href'> & Omit<Native, keyof AnchorProps>) => <Anchor ref={ref} {...props} />,
);
