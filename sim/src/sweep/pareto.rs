//! The Pareto front: what nothing else beats in everything.

/// For each point whether it is on the front: no other is at least as good in every objective and better in one. Less is
/// better everywhere; equal points stand or fall together.
#[must_use]
pub fn front(points: &[Vec<f64>]) -> Vec<bool> {
    let beats = |a: &[f64], b: &[f64]| {
        a.iter().zip(b).all(|(a, b)| a <= b) && a.iter().zip(b).any(|(a, b)| a < b)
    };
    // Who is beaten is beaten by someone on the front, so that each is held against the front found so far only. In the
    // order of their values nobody is beaten by a later one.
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by(|a, b| {
        let pairs = points[*a].iter().zip(&points[*b]);
        pairs.map(|(a, b)| a.total_cmp(b)).find(|by| by.is_ne()).unwrap_or(a.cmp(b))
    });
    let (mut on, mut best) = (vec![false; points.len()], Vec::<usize>::new());
    for index in order {
        if !best.iter().any(|other| beats(&points[*other], &points[index])) {
            on[index] = true;
            best.push(index);
        }
    }
    on
}

#[cfg(test)]
mod tests {
    use super::front;
    use proptest::prelude::*;

    /// The example of Börzsönyi, Kossmann and Stocker (The Skyline Operator, ICDE 2001): hotels, cheap and near the
    /// beach. Here with prices and distances for which the answer is seen at once.
    #[test]
    fn of_hotels_the_skyline_is_left() {
        let hotels = [
            [50.0, 8.0],
            [60.0, 5.0],
            [70.0, 6.0],
            [90.0, 2.0],
            [90.0, 1.0],
            [50.0, 8.0],
            [120.0, 1.0],
        ];
        let on = front(&hotels.map(|hotel| hotel.to_vec()));
        assert_eq!(on, [true, true, false, false, true, true, false]);
    }

    proptest! {
        #[test]
        fn nobody_on_the_front_is_beaten_and_everybody_else_is(
            points in prop::collection::vec(prop::collection::vec(0..6_u8, 3), 0..60),
        ) {
            let points: Vec<Vec<f64>> = points.iter().map(|p| p.iter().map(|v| f64::from(*v)).collect()).collect();
            let beaten = |b: &[f64]| points.iter().any(|a| a.iter().zip(b).all(|(a, b)| a <= b) && a.as_slice() != b);
            for (point, on) in points.iter().zip(front(&points)) {
                prop_assert_eq!(on, !beaten(point));
            }
        }
    }
}
