//! Who may do what: the switches of a member, the roles that preset them, and what each act asks for.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::delivery::UnknownKey;

/// Which posts a member may send out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PublishScope {
    /// None: the buttons are not even shown.
    #[default]
    None,
    /// Those that the member made.
    Own,
    /// Every post in the member's projects.
    All,
}

/// Which posts a member may write in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PostsScope {
    /// Those that the member made.
    #[default]
    Own,
    /// Every post in the member's projects.
    All,
}

/// The switches of one member. Each stands alone; a role only presets them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Permissions {
    /// Open the planner and read it.
    pub social_view: bool,
    /// Write posts, upload media, ask for approval.
    pub social_write: bool,
    /// Publish now, schedule, retry, cancel, resolve, lift a halt.
    pub social_publish: PublishScope,
    /// Own posts only, or the organization's.
    pub posts_scope: PostsScope,
    /// Connect, reconnect, verify and disconnect channels.
    pub channels_connect: bool,
    /// Decide on versions sent for approval.
    pub posts_approve: bool,
    /// Invite members, change and remove them.
    pub members_manage: bool,
    /// Settings of the organization and its projects, its audit log and its keys.
    pub organization_manage: bool,
}

/// A preset of switches, kept beside them as the name a member began with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything.
    Owner,
    /// Everything but members and organization.
    Manager,
    /// Reads, and writes its own posts.
    Author,
    /// A customer: reads, writes, approves, connects, and sends out its own posts.
    Client,
    /// Reads.
    Viewer,
}

impl Role {
    /// Every role, the mightiest first.
    pub const ALL: [Role; 5] = [Role::Owner, Role::Manager, Role::Author, Role::Client, Role::Viewer];

    /// The name in API and database.
    pub const fn key(self) -> &'static str {
        match self {
            Role::Owner => "owner",
            Role::Manager => "manager",
            Role::Author => "author",
            Role::Client => "client",
            Role::Viewer => "viewer",
        }
    }

    /// The switches that a member of this role begins with.
    pub const fn permissions(self) -> Permissions {
        const VIEWER: Permissions = Permissions {
            social_view: true,
            social_write: false,
            social_publish: PublishScope::None,
            posts_scope: PostsScope::Own,
            channels_connect: false,
            posts_approve: false,
            members_manage: false,
            organization_manage: false,
        };
        const MANAGER: Permissions = Permissions {
            social_write: true,
            social_publish: PublishScope::All,
            posts_scope: PostsScope::All,
            channels_connect: true,
            posts_approve: true,
            ..VIEWER
        };
        match self {
            Role::Owner => Permissions {
                members_manage: true,
                organization_manage: true,
                ..MANAGER
            },
            Role::Manager => MANAGER,
            Role::Author => Permissions {
                social_write: true,
                ..VIEWER
            },
            Role::Client => Permissions {
                social_write: true,
                social_publish: PublishScope::Own,
                channels_connect: true,
                posts_approve: true,
                ..VIEWER
            },
            Role::Viewer => VIEWER,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

impl FromStr for Role {
    type Err = UnknownKey;
    fn from_str(text: &str) -> Result<Self, UnknownKey> {
        Role::ALL
            .into_iter()
            .find(|role| role.key() == text)
            .ok_or_else(|| UnknownKey(text.to_owned()))
    }
}

/// The switch that an act asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// `social.view`.
    View,
    /// `social.write`, wherever the thing is nobody's post.
    Write,
    /// `social.write` and, for a post of somebody else, `posts.scope = all`.
    WritePost,
    /// `social.publish` as far as it reaches.
    Publish,
    /// `channels.connect`.
    Connect,
    /// `posts.approve`.
    Approve,
    /// `members.manage`.
    Members,
    /// `organization.manage`.
    Organization,
}

macro_rules! actions {
    ($($(#[$doc:meta])* $variant:ident: $need:ident,)*) => {
        /// One thing that the API guards. What each asks for is this table and nothing else.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action { $($(#[$doc])* $variant,)* }

        impl Action {
            /// Every act, in the order of the table.
            pub const ALL: &'static [Action] = &[$(Action::$variant,)*];

            /// The switch that it asks for.
            pub const fn need(self) -> Need {
                match self { $(Action::$variant => Need::$need,)* }
            }
        }
    };
}

actions! {
    /// Open the planner: projects, board, calendar, library.
    PlannerOpen: View,
    /// Read a post that the member's scope shows.
    PostRead: View,
    /// Read deliveries and their history.
    DeliveryRead: View,
    /// See the channels.
    ChannelRead: View,
    /// See and download media.
    AssetRead: View,
    /// See the numbers.
    InsightsRead: View,
    /// Write a comment under a post.
    CommentWrite: View,
    /// Upload, describe and delete media.
    AssetWrite: Write,
    /// Labels, templates, slots and other planning aids.
    PlanWrite: Write,
    /// Make a new post; the maker owns it.
    PostCreate: Write,
    /// Check or import rows without sending anything out.
    ImportWrite: Write,
    /// Change a post.
    PostEdit: WritePost,
    /// Delete a post.
    PostDelete: WritePost,
    /// Send a post for approval.
    ApprovalAsk: WritePost,
    /// Give a delivery a time, move it or take it away.
    PostSchedule: Publish,
    /// Send a post now.
    PostPublish: Publish,
    /// Call a delivery off.
    DeliveryCancel: Publish,
    /// Try a failed delivery again.
    DeliveryRetry: Publish,
    /// Say of a delivery in doubt whether it is there.
    DeliveryResolve: Publish,
    /// Say that a person posted it by hand.
    DeliveryMarkPosted: Publish,
    /// Let a halted channel go on.
    ChannelLiftHalt: Publish,
    /// Withdraw a request for approval.
    ApprovalWithdraw: Publish,
    /// Accept, reject, hold or ask changes.
    ApprovalDecide: Approve,
    /// Connect an account, or connect it again.
    ChannelConnect: Connect,
    /// Test a channel.
    ChannelVerify: Connect,
    /// Disconnect a channel.
    ChannelDisconnect: Connect,
    /// See who is a member and with which switches.
    MemberRead: Members,
    /// Invite, change and remove members.
    MemberManage: Members,
    /// Make, change and archive projects.
    ProjectManage: Organization,
    /// Settings of the organization, its plan and its keys.
    OrganizationManage: Organization,
    /// Read the audit log.
    AuditRead: Organization,
}

impl Action {
    /// The permission's name, as a refusal states it.
    pub const fn permission_name(self) -> &'static str {
        match self.need() {
            Need::View => "social.view",
            Need::Write | Need::WritePost => "social.write",
            Need::Publish => "social.publish",
            Need::Connect => "channels.connect",
            Need::Approve => "posts.approve",
            Need::Members => "members.manage",
            Need::Organization => "organization.manage",
        }
    }
}

impl Permissions {
    /// Whether a member with these switches may do it. `own` says whether the post concerned is the member's; it is
    /// `true` where no post is concerned. Which posts a member sees at all is not decided here but by the scope of the query.
    pub const fn allows(&self, action: Action, own: bool) -> bool {
        let reaches = own || matches!(self.posts_scope, PostsScope::All);
        match action.need() {
            Need::View => self.social_view,
            Need::Write => self.social_view && self.social_write,
            Need::WritePost => self.social_view && self.social_write && reaches,
            Need::Publish => {
                let sends = match self.social_publish {
                    PublishScope::None => false,
                    PublishScope::Own => own,
                    PublishScope::All => reaches,
                };
                self.social_view && sends
            }
            Need::Connect => self.channels_connect,
            Need::Approve => self.social_view && self.posts_approve,
            Need::Members => self.members_manage,
            Need::Organization => self.organization_manage,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What each role may do: `+` always, `o` with its own posts only, `-` never. Columns: owner, manager, author, client, viewer.
    const EXPECTED: &[(Need, &str)] = &[
        (Need::View, "+ + + + +"),
        (Need::Write, "+ + + + -"),
        (Need::WritePost, "+ + o o -"),
        (Need::Publish, "+ + - o -"),
        (Need::Connect, "+ + - + -"),
        (Need::Approve, "+ + - + -"),
        (Need::Members, "+ - - - -"),
        (Need::Organization, "+ - - - -"),
    ];

    #[test]
    fn a_role_may_do_exactly_what_the_table_says() {
        for &action in Action::ALL {
            let marks = EXPECTED.iter().find(|(need, _)| *need == action.need()).map(|(_, marks)| *marks);
            let marks: Vec<&str> = marks.unwrap_or_default().split(' ').collect();
            assert_eq!(marks.len(), Role::ALL.len(), "{action:?} has no row");
            for (role, mark) in Role::ALL.into_iter().zip(marks) {
                let permissions = role.permissions();
                let found = match (permissions.allows(action, true), permissions.allows(action, false)) {
                    (true, true) => "+",
                    (true, false) => "o",
                    (false, false) => "-",
                    (false, true) => "own is worse than foreign",
                };
                assert_eq!(found, mark, "{role} · {action:?}");
            }
        }
    }

    #[test]
    fn nobody_without_switches_may_do_anything() {
        for &action in Action::ALL {
            assert!(!Permissions::default().allows(action, true), "{action:?}");
        }
    }

    #[test]
    fn who_may_send_out_everything_still_reaches_only_the_posts_of_its_scope() {
        let narrow = Permissions {
            posts_scope: PostsScope::Own,
            ..Role::Manager.permissions()
        };
        assert!(narrow.allows(Action::PostPublish, true));
        assert!(!narrow.allows(Action::PostPublish, false));
    }

    #[test]
    fn a_refusal_names_the_permission() {
        assert_eq!(Action::PostPublish.permission_name(), "social.publish");
        assert_eq!(Action::PostEdit.permission_name(), "social.write");
        assert_eq!(Action::ChannelDisconnect.permission_name(), "channels.connect");
    }

    #[test]
    fn switches_are_written_in_snake_case_and_absent_ones_are_off() {
        let json = serde_json::to_value(Role::Client.permissions()).unwrap();
        assert_eq!(json["social_publish"], "own");
        assert_eq!(json["posts_scope"], "own");
        let read: Permissions = serde_json::from_str(r#"{"social_view":true}"#).unwrap();
        assert_eq!(
            read,
            Permissions {
                social_view: true,
                ..Permissions::default()
            }
        );
    }

    #[test]
    fn every_role_is_read_back_from_its_name() {
        for role in Role::ALL {
            assert_eq!(role.key().parse(), Ok(role));
        }
        assert!("boss".parse::<Role>().is_err());
    }
}
