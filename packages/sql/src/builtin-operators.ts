/** Names of PostgreSQL's own operators, versions 13 to 18 (pg_operator.dat). Pure data. */
export const BUILTIN_OPERATORS: ReadonlySet<string> = new Set(
  (
    "!! !~ !~* !~~ !~~* ! # ## #- #> #>> % & && &< &<| &> * *< *<= *<> *= *> *>= + - -> ->> -|- / < <-> << <<= <<| <= <> " +
    "<@ <^ = > >= >> >>= >^ ? ?# ?& ?- ?-| ?| ?|| @ @-@ @> @? @@ @@@ ^ ^@ | |&> |/ |>> || ||/ ~ ~* ~<=~ ~<~ ~= ~>=~ " +
    "~>~ ~~ ~~*"
  ).split(" "),
);
