import { Box, type MantineSpacing } from '@mantine/core';
import type { ReactNode } from 'react';
import css from './Notice.module.css';

interface Props {
  tone: 'red' | 'amber' | 'blue';
  title?: ReactNode;
  icon?: ReactNode;
  children?: ReactNode;
  role?: 'alert' | 'status';
  mt?: MantineSpacing;
  mb?: MantineSpacing;
}

/** Something to know where it matters, tinted by how much. */
export function Notice({ tone, title, icon, children, role, mt, mb }: Props) {
  return (
    <Box className={css.notice} data-tone={tone} role={role} mt={mt} mb={mb}>
      {icon && <span className={css.icon}>{icon}</span>}
      <div className={css.body}>
        {title && <div className={css.title}>{title}</div>}
        {children}
      </div>
    </Box>
  );
}
