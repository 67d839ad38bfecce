"""Words that carry no meaning of their own, per language; small lists, so that short queries keep their words.

Written for this wiki. A query that consists of such words alone is used whole.
"""

from __future__ import annotations

_LISTS = {
    "en": """
        a about after again against all also am an and any are as at be because been before being between both but by
        can cannot could did do does doing down during each few for from further get gets had has have having he her
        here hers him his how i if in into is it its itself just let me more most much my no nor not of off on once
        only or other our ours out over own same she should so some such than that the their theirs them then there
        these they this those through to too under until up us versus very vs was we were what when where whether which while
        who whom whose why will with within without would you your yours
        aren't can't couldn't didn't doesn't don't hasn't haven't i'd i'll i'm i've isn't it's let's shouldn't that's
        there's they're wasn't we'd we'll we're we've weren't what's who's won't wouldn't you'd you'll you're you've
    """,
    "es": """
        a al algo algunas algunos ante antes aquel aquella aquellos aquí así aún cada como cómo con contra cual cuál
        cuales cuáles cualquier cuando cuándo cuánto cuántos de del desde donde dónde dos durante e el él ella ellas
        ellos en entre era eran es esa esas ese eso esos esta está están estar estas este esto estos fue fueron ha
        había han has hasta hay he la las le les lo los más me mi mí mis mucho muchos muy nada ni no nos nosotras
        nosotros nuestra nuestras nuestro nuestros o os otra otras otro otros para pero poco por porque puede pueden
        puedo que qué quien quién quienes quiénes se sea sean ser si sí sido sin sobre son soy su sus también tan tanto te
        tener tengo ti tiene tienen toda todas todo todos tu tú tus un una unas uno unos usted ustedes vuestra vuestro y
        ya yo
    """,
    "fr": """
        à au aux avec ce cela ces cet cette ceux chaque ci comme comment d dans de des du elle elles en entre es est et
        été être eu il ils je l la le les leur leurs lui ma mais me même mes moi mon ne nos notre nous on ont ou où par pas
        pour pourquoi plus qu que quel quelle quelles quels qui quoi sa sans se ses si son sont sous sur ta te tes toi ton
        tous tout toute toutes tu un une vos votre vous y c'est d'un d'une n'est qu'il qu'elle qu'un qu'une
    """,
    "pt": """
        a à ao aos aquela aquele aqui as às até com como da das de dela dele deles do dos e é ela elas ele eles em entre
        era essa esse esta está estão este eu foi foram há isso isto já lhe mais mas me meu meus minha minhas muito na
        não nas nem no nos nós nossa nosso num numa o onde os ou para pela pelas pelo pelos por porque qual quando que
        quem se sem ser seu seus só sua suas são também te tem têm toda todas todo todos tu um uma umas uns você vocês
    """,
    "de": """
        aber alle als also am an auch auf aus bei bin bis bist da damit dann das dass dein deine dem den der des die dies
        diese diesem diesen dieser dieses doch dort du durch ein eine einem einen einer eines er es etwas euch euer für
        gegen hat hatte ich ihm ihn ihr ihre ihrem ihren im in ist ja jede jeder kann kein keine können man mehr mein
        meine mich mir mit nach nicht noch nur ob oder ohne sehr sein seine sich sie sind so über um und uns unser unter
        vom von vor war warum was weil welche wenn wer wie wir wird wo zu zum zur
    """,
    "it": """
        a ad agli ai al alla alle allo anche c che chi ci come con cosa cui da dagli dai dal dalla dalle dei degli del
        della delle dello di dove e è ed era essere fra gli ha hanno ho i il in io la le lei li lo loro lui ma me mi mia
        mio ne negli nei nel nella nelle noi non nostra nostro o ogni per perché più quale quando quella quelle quelli
        quello questa queste questi questo se sei si sia sono su sua sue sugli sui sul sulla suo tra tu tua tuo tutti
        tutto un una uno vi voi
    """,
}
STOP_WORDS: dict[str, frozenset[str]] = {code: frozenset(words.split()) for code, words in _LISTS.items()}

# Words with which somebody asks for what can be used in place of what they name.
_INSTEAD = """
    alternative alternatives cheaper competitor competitors expensive instead replace replacement replacements replacing
    alternativa alternativas reemplazar reemplazo sustituir sustituto
    alternativen ersatz ersetzen statt stattdessen remplacer substituir
"""
INSTEAD = frozenset(_INSTEAD.split())

# Words with which somebody says what there should be none of.
WITHOUT = frozenset(("no", "not", "without", "sin", "ohne", "kein", "keine", "sans", "sem", "senza"))
