//! The conversions of lists that a test writes: arrays, `Vec`s, slices, and tuples that mix types.

/// Defines the conversions into a type that has a function `of_list`, for lists of what converts into an element.
/// `#[track_caller]` keeps the line of the test in messages, which a closure would lose.
macro_rules! from_lists {
    ($target:ident, $element:ident) => {
        impl<T: Into<$element>, const N: usize> From<[T; N]> for $target {
            #[track_caller]
            fn from(list: [T; N]) -> $target {
                $target::of_list(list)
            }
        }

        impl<T: Into<$element>> From<Vec<T>> for $target {
            #[track_caller]
            fn from(list: Vec<T>) -> $target {
                $target::of_list(list)
            }
        }

        impl<T: Into<$element> + Clone> From<&[T]> for $target {
            #[track_caller]
            fn from(list: &[T]) -> $target {
                $target::of_list(list.iter().cloned())
            }
        }

        $crate::engine::lists::from_lists!(@tuples $target, $element:
            A B;
            A B C;
            A B C D;
            A B C D E;
            A B C D E F;
            A B C D E F G;
            A B C D E F G H;
        );
    };
    (@tuples $target:ident, $element:ident: $($($item:ident)*;)*) => {$(
        $crate::engine::lists::from_lists!(@tuple $target, $element: $($item)*);
    )*};
    (@tuple $target:ident, $element:ident: $($item:ident)*) => {
        impl<$($item: Into<$element>),*> From<($($item,)*)> for $target {
            #[track_caller]
            fn from(list: ($($item,)*)) -> $target {
                #[allow(non_snake_case, reason = "each value has the name of its type")]
                let ($($item,)*) = list;
                $target::of_list([$(<$item as Into<$element>>::into($item)),*])
            }
        }
    };
}

pub(crate) use from_lists;
