//! What a run is about: which troubles meet which step of its calls more often than anything else, and which it has once.

use crate::cell::Cell;
use crate::coverage::Step;
use crate::dice::Dice;
use crate::weather::Trouble;

/// A trouble that a run has once.
#[derive(Debug, Clone, Copy)]
pub struct Special {
    /// Which.
    pub trouble: Trouble,
    /// At which step.
    pub step: Step,
    /// How many calls of the step come before.
    pub after: u64,
}

/// What a run is about.
#[derive(Debug, Clone)]
pub struct Focus {
    /// The step that is met.
    pub step: Step,
    /// By what; what stands twice is met twice as often.
    pub troubles: Vec<Trouble>,
}

/// The one whose turn it is, and how often all had theirs.
pub fn in_turn<T: Copy>(all: &[T], turn: u64) -> (T, u64) {
    let count = all.len() as u64;
    (all[usize::try_from(turn % count).unwrap_or(0)], turn / count)
}

/// Which troubles may meet which steps of a kind of post, whatever carries it.
fn met(kind: &[Cell], steps: &[Step], special: bool) -> Vec<(Trouble, Step)> {
    let troubles = || Trouble::ALL.iter().filter(|trouble| trouble.is_special() == special);
    let pairs = steps
        .iter()
        .copied()
        .flat_map(|step| troubles().map(move |trouble| (*trouble, step)));
    pairs
        .filter(|(trouble, step)| kind.iter().any(|cell| cell.may_meet(*trouble, *step).is_ok()))
        .collect()
}

/// Which step a run is about, in turn: there are few commits among the calls.
const STEPS: [Step; 12] = {
    use Step::{Commit, Prepare, Read};
    [
        Commit, Prepare, Commit, Commit, Prepare, Commit, Read, Commit, Prepare, Commit, Commit, Prepare,
    ]
};
/// So many troubles a run is about.
const TROUBLES: u64 = 4;

/// What is met most. Where accesses end, every other such run is about their renewals, of which there are few.
pub fn focus(kind: &[Cell], round: u64, ending: bool) -> Option<Focus> {
    let (turn, renews) = if ending {
        (round / 2, round.is_multiple_of(2))
    } else {
        (round, false)
    };
    let step = if renews { Step::Renew } else { in_turn(&STEPS, turn).0 };
    let step = if met(kind, &[step], false).is_empty() { Step::Commit } else { step };
    // Each goes on where the last run about the same step ended.
    let about = |turns: &[Step]| turns.iter().filter(|other| **other == step).count() as u64;
    let (past, _) = STEPS.split_at(usize::try_from(turn % STEPS.len() as u64).unwrap_or(0));
    let turn = if renews {
        turn
    } else {
        turn / STEPS.len() as u64 * about(&STEPS) + about(past)
    };
    let mut all = Vec::new();
    for (trouble, _) in met(kind, &[step], false) {
        // Fewest are those of what is not sent again.
        let times = if step == Step::Commit && trouble.is_met_once() { 2 } else { 1 };
        all.extend(std::iter::repeat_n(trouble, times));
    }
    let troubles: Vec<Trouble> = (0..TROUBLES)
        .filter(|_| !all.is_empty())
        .map(|nth| in_turn(&all, turn * TROUBLES + nth).0)
        .collect();
    (!troubles.is_empty()).then_some(Focus { step, troubles })
}

/// What happens once, at a step where it can: to the access in three runs of ten, since it leaves the rest nothing to meet, and more often
/// where the network has few kinds of posts and so few runs; and in two of ten a call that arrives much later, where that does no harm.
pub fn special(dice: &mut Dice, cell: &Cell, round: u64, of_network: &[&[Cell]]) -> Option<Special> {
    let later = (Trouble::ArrivesMuchLater, Step::Commit);
    let prepares = |cell: &Cell| cell.carrier.is_some() && cell.may_meet(Trouble::AccessExpires, Step::Prepare).is_ok();
    let preparing = of_network.iter().filter(|kind| kind.iter().any(prepares)).count();
    let only_one = preparing == 1 && of_network.len() > 1;
    let steps = match prepares(cell) {
        // The others of the network do the rest.
        true if only_one => [Step::Prepare].as_slice(),
        true if preparing == of_network.len() => &[Step::Prepare, Step::Read, Step::Commit],
        true => &[Step::Prepare, Step::Read, Step::Commit, Step::Prepare],
        false => &[Step::Read, Step::Commit],
    };
    let of_ten = match of_network.len() {
        0..=2 => 8,
        _ if only_one && prepares(cell) => 6,
        3..=5 => 5,
        _ => 3,
    };
    let of_access: Vec<_> = met(&[*cell], steps, true)
        .into_iter()
        .filter(|(trouble, _)| trouble.is_of_access())
        .collect();
    let (trouble, step) = match round % 10 {
        0 | 1 if cell.may_meet(later.0, later.1).is_ok() => later,
        number if (2..2 + of_ten).contains(&number) && !of_access.is_empty() => in_turn(&of_access, round / 10 * of_ten + number).0,
        _ => return None,
    };
    let after = if trouble == Trouble::ArrivesMuchLater {
        0
    } else {
        // Late, so that the run meets other things before: some commits, where none are met so.
        *dice.pick(if only_one { &[0, 6, 10, 14] } else { &[0, 2, 3, 4] })
    };
    Some(Special { trouble, step, after })
}
