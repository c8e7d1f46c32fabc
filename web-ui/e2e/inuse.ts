import { test } from '@playwright/test';
import { Installation } from './installation.ts';
import { type Seeded, seed } from './seed.ts';

/** A project in use, on an installation that one file of tests has for itself. */
export interface InUse {
  readonly installation: Installation;
  readonly seeded: Seeded;
  /** Where the project's screens are. */
  readonly project: string;
}

/** Sets one up before the first test of the file that calls this, and takes it down after the last. */
export function inUse(): InUse {
  let there: { installation: Installation; seeded?: Seeded } | undefined;
  test.beforeAll(async () => {
    // Known before it is filled, so that it is taken down even if that fails.
    there = { installation: await Installation.start() };
    there.seeded = await seed(there.installation);
  });
  test.afterAll(async () => {
    await there?.installation.stop();
  });
  return {
    get installation() {
      if (!there) throw new Error('No installation runs outside of the tests.');
      return there.installation;
    },
    get seeded() {
      if (!there?.seeded) throw new Error('Nothing is seeded outside of the tests.');
      return there.seeded;
    },
    get project() {
      return `${this.installation.url}/p/${this.seeded.api.projectId}`;
    },
  };
}
