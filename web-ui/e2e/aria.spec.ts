import { expect, test } from '@playwright/test';
import { chooseChannel } from './composing.ts';
import { inUse } from './inuse.ts';
import { signIn } from './signing.ts';

// What a screen reader is given of each main screen. What changes with the day stands as a pattern.

const house = inUse();

test('signing in', async ({ page }) => {
  await page.goto(house.installation.url);
  await expect(page.getByRole('main')).toMatchAriaSnapshot(`
    - main:
      - heading "Sign in" [level=1]
      - textbox "E-mail"
      - textbox "Password"
      - button "Sign in" [disabled]
  `);
});

test.describe('signed in', () => {
  test.beforeEach(async ({ page }) => {
    await signIn(page, house.installation);
  });

  test('the frame around every screen', async ({ page }) => {
    await page.goto(`${house.project}/library`);
    await expect(page.locator('body')).toMatchAriaSnapshot(`
      - link "Skip to content"
      - banner:
        - link "Postrider, home"
        - 'button "Project: Acme Coffee. Change project"'
        - button "Dark colours"
        - button /Notices, \\d+ unread/
        - button "Account of Demo"
      - navigation:
        - navigation "Main":
          - link "Calendar"
          - link "New post"
          - link "Library"
          - link "Connections"
      - main:
        - heading "Library" [level=1]
    `);
  });

  test('connections', async ({ page }) => {
    await page.goto(`${house.project}/connections`);
    await expect(page.getByRole('main')).toMatchAriaSnapshot(`
      - main:
        - heading "Connections" [level=1]
        - 'article "LinkedIn: Harbour Bakery"':
          - paragraph: Harbour Bakery
          - paragraph: "@harbour-bakery · LinkedIn Page"
          - button "More for Harbour Bakery"
          - text: Access taken away
          - paragraph: /revoked by the user\\. Reconnect to publish again\\. Scheduled posts are kept\\./
          - text: /^\\d+ of 10 posts in the last hour Last checked .+$/
          - button "Verify"
          - button "Reconnect"
        - 'article "Bluesky: Ada Brandt"':
          - paragraph: Ada Brandt
          - paragraph: /@ada\\.bsky\\.social · Bluesky account/
          - button "More for Ada Brandt"
          - text: /Active \\d+ of 10 posts in the last hour Access ends .+ Verified .+/
          - button "Verify"
          - button "Reconnect"
        - 'article "Facebook: Blue Café"'
        - 'article "Instagram: Blue Café"'
        - region "Add a channel":
          - heading "Add a channel" [level=2]
          - button "Connect another Facebook"
          - button "Connect another Instagram"
          - button "Connect another LinkedIn"
          - button "Connect X"
          - button "Connect TikTok"
          - button "Connect YouTube"
          - button "Connect Google Business Profile"
          - button "Connect Pinterest"
          - button "Connect another Bluesky"
          - button "Connect Mastodon"
          - button "Connect Telegram"
    `);
  });

  test('composer', async ({ page }) => {
    await page.goto(`${house.project}/compose`);
    await chooseChannel(page, 'Bluesky: Ada Brandt');
    await page.getByRole('textbox', { name: 'Text', exact: true }).fill('Hello');
    await expect(page.getByRole('main')).toMatchAriaSnapshot(`
      - main:
        - heading "New post" [level=1]
        - status
        - button "Save draft"
        - button "Schedule" [disabled]
        - button "Publish now"
        - paragraph: Set a time to schedule it.
        - group "Content type":
          - radio "Text" [checked]
          - radio "Image"
          - radio "Carousel"
          - radio "Video"
          - radio "Reel"
          - radio "Story"
          - radio "GIF"
          - radio "Document"
          - radio "Link"
          - radio "Poll"
          - radio "Thread"
        - group "Channels":
          - button "Choose all"
          - 'checkbox "Facebook: Blue Café"'
          - 'checkbox "Instagram: Blue Café"'
          - 'checkbox "LinkedIn: Harbour Bakery"'
          - img "Access taken away"
          - 'checkbox "Bluesky: Ada Brandt" [checked]'
        - tablist "Shared or per channel":
          - tab "All channels" [selected]
          - tab "Ada Brandt"
        - textbox "Text": Hello
        - list "Characters left":
          - 'listitem "Bluesky: 5 of 300"': "Bluesky: 295 characters left"
        - textbox "Hashtags"
        - textbox "First comment"
        - textbox "Title"
        - group "When":
          - textbox "Date"
          - textbox "Time" [disabled]
          - combobox "Time zone": UTC
          - button "In an hour"
          - button "Tomorrow at 9:00"
        - region "Problems":
          - status: Nothing stands in the way
        - article "Bluesky post"
    `);
  });

  test('library', async ({ page }) => {
    await page.goto(`${house.project}/library?q=stocktaking`);
    await expect(page.getByRole('main')).toMatchAriaSnapshot(`
      - main:
        - heading "Library" [level=1]
        - link "New post"
        - search:
          - textbox "Search posts": stocktaking
          - combobox "Status":
            - option "Any status" [selected]
          - combobox "Type":
            - option "Any type" [selected]
          - combobox "Channel":
            - option "Any channel" [selected]
          - textbox "From day"
          - textbox "To day"
        - region "Posts":
          - article:
            - text: Partly failed
            - paragraph: Text
            - button "More for Closed on Monday for the stocktaking."
            - link "Closed on Monday for the stocktaking."
            - paragraph: /LinkedIn. The access to the account was taken back/
            - paragraph: Reconnect the account.
            - 'img "Facebook: Published"'
            - 'img "LinkedIn: Failed"'
            - button "Retry"
    `);
  });

  test('calendar', async ({ page }) => {
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    await page.goto(`${house.project}/calendar?date=${tomorrow}`);
    await expect(page.getByRole('main')).toMatchAriaSnapshot(`
      - main:
        - heading "Calendar" [level=1]
        - radiogroup "View":
          - radio "Month" [checked]
          - radio "List"
        - link "New post"
        - button "Previous month"
        - button "Today"
        - button "Next month"
        - heading /^\\w+ \\d{4}$/ [level=2]
        - search:
          - combobox "Status"
          - combobox "Type"
          - combobox "Channel"
        - table /^\\w+ \\d{4}$/:
          - rowgroup:
            - row:
              - columnheader "Monday"
              - columnheader "Tuesday"
              - columnheader "Wednesday"
              - columnheader "Thursday"
              - columnheader "Friday"
              - columnheader "Saturday"
              - columnheader "Sunday"
          - rowgroup:
            - row:
              - cell /09:00 Open from seven on Saturday\\. , Scheduled/:
                - list:
                  - listitem:
                    - button "09:00 Open from seven on Saturday. , Scheduled"
                - button /\\+\\d more/
    `);
  });

  test('a post with the history of a delivery', async ({ page }) => {
    await page.goto(`${house.project}/posts/${house.seeded.posts.failed}`);
    await page
      .getByRole('article', { name: 'LinkedIn: Harbour Bakery', exact: true })
      .getByRole('button', { name: 'History' })
      .click();
    await expect(page.getByRole('main')).toMatchAriaSnapshot(`
      - main:
        - heading "Closed on Monday for the stocktaking." [level=1]
        - link "Edit"
        - button "Retry"
        - button "More"
        - 'article "Facebook: Blue Café"':
          - paragraph: /Sent .+ · on the second/
          - text: Published
          - link "Open on Facebook"
          - button "History"
        - 'article "LinkedIn: Harbour Bakery"':
          - paragraph: /Tried .+ · on the second/
          - text: "Failed Failed: connection"
          - paragraph: /The access to the account was taken back/
          - paragraph: Reconnect the account.
          - link "Reconnect Harbour Bakery"
          - button "Retry"
          - button "Cancel"
          - button "History" [expanded]
          - region "Attempt 1":
            - list:
              - listitem:
                - paragraph: /Create the post .+ · HTTP 401 · refused/
          - region "By people":
            - list:
              - listitem:
                - paragraph: /Published now .+ · publishing/
        - region "Preview":
          - radiogroup "Preview of which channel":
            - radio "Facebook" [checked]
            - radio "LinkedIn"
          - article "Facebook post"
    `);
  });
});
