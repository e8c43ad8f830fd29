"""Words by which the languages written in Latin letters give themselves away."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.models import Language

if TYPE_CHECKING:
    from collections.abc import Mapping

_LISTS: Final = {
    Language.ENGLISH: """
        the a an and or but not no yes yeah yep nah nope i i'm im i'll ill i've i'd me my mine you
        your you're youre yours he him his she her hers it its it's we our us they them their
        this that these those there here what who why when where which how is are am was were be
        been being do does don't dont did didn't didnt done have haven't has had will won't would
        can can't cant could should may might must of to in on at for from with without about
        into over under out up down off just really very so too also even still yet only then
        than because if like know think get got gonna wanna gotta let let's lets go going come
        make take see look want need thanks thank please sorry good bad right now today tomorrow
        again anyone someone everyone nobody anything something nothing everything some any all
        much many more most one two first last next back please wait guys dude ur u idk brb afk
        tbh ngl imo wtf omg rn yall hey hello hi bye thx
        play playing played watch wait waiting start stop call tell told said says keep leave left
        find found give gave try ready done better best worst other another always never maybe
        people thing things time day night week fun funny mean sure own which while until few
    """,
    Language.GERMAN: """
        der die das den dem des ein eine einen einem einer kein keine keinen und oder aber nicht
        nein ja ich mich mir mein meine meinen du dich dir dein deine er ihn ihm sein seine sie
        ihr ihre es wir uns unser euch euer man was wer wen wem wie wo wann warum wieso welche
        ist sind bin bist war waren wird werden wurde sei hab habe hast hat haben hatte kann
        kannst können könnt muss musst müssen soll sollen will willst wollen darf mag möchte
        mache machst macht machen gehen geht geh kommt kommst komm kommen weiß weißt sagen sag
        gesagt im in am an auf aus bei beim mit nach von vom zu zum zur für über unter vor ohne
        um durch gegen schon noch mal doch auch nur so sehr ganz mehr immer nie wieder jetzt
        gleich heute morgen gestern dann da hier dort hin her weil wenn dass ob als denn also
        halt eben wohl vielleicht danke bitte gut nix nichts etwas alles alle jemand leute alter
        digga jo nee ne bock kp moin tschüss servus hallo ey mach lass warte brauche brauchen
        spiel spiele spielen spielt schau guck warten nehmen nimm gib geben hör hören sehen seh
        bleib bleiben fertig spät früh tag abend nacht zeit runde mann echt krass geil schön gerade
        grad bitteschön danach wieder einfach genau richtig falsch beide andere anderen paar
    """,
    Language.FRENCH: """
        le la les l un une des du de d au aux et ou mais pas non oui ouais je j me m moi mon ma
        mes tu te t toi ton ta tes il elle on nous vous ils elles se s son sa ses notre votre
        vos leur leurs ce c ça ca cet cette ces que qu qui quoi quand où comment pourquoi quel
        quelle est es suis sont était étais être ai as a avons avez ont avait avoir fait faire
        fais va vais vas vont aller peux peut pouvez veux veut veulent dois doit faut sais sait
        dit dire vu voir viens vient dans sur sous avec sans pour par chez en y plus moins très
        trop bien mal aussi encore déjà jamais toujours ici là maintenant demain hier après
        avant si comme donc alors parce rien tout tous toute quelqu quelque chose merci stp svp
        salut bonjour bonsoir désolé jsp tkt mdr ptdr jpp wsh mec gars ouf bah ben hein quoi
        franchement grave chui vas-y cest jai
        jouer joue joues regarde attends attend laisse arrive arrête reste prends prend mets mis
        donne jeu jour nuit soir matin temps fois peu beaucoup vraiment juste même autre autres
        petit grand mieux chaque pendant depuis entre vers sous chez ici ensemble ton
    """,
    Language.SPANISH: """
        el la los las lo un una unos unas y o pero no sí yo me mí mi mis tú te ti tu tus él ella
        nos nosotros ellos ellas usted ustedes se su sus le les esto eso esta este ese esa estos
        que qué quien quién como cómo cuando cuándo donde dónde por porque porqué cual cuál es
        son soy eres era fue ser está están estoy estás estamos estaba estar he has ha han hay
        había tengo tienes tiene tener tenemos hago haces hace hacer hecho voy vas va vamos van
        ir puedo puedes puede quiero quieres quiere sé sabes sabe dijo decir dice creo ver veo
        de del a al en con sin para sobre entre hasta desde muy más menos mucho mucha poco ya
        también tampoco todavía aún siempre nunca ahora hoy mañana ayer luego después antes
        aquí ahí allí así bien mal si entonces pues nada algo todo todos alguien nadie gracias
        porfa hola buenas adiós oye vale tío wey güey che jaja jeje xq pq tmb bueno otra otro
        jugar juego juega mira mirar deja dejar espera esperar llegar llega llegué pasa pasó pasar
        poner pon puse toca día noche tarde tiempo vez veces cosa cosas gente mismo misma mejor
        peor mientras dónde cada tan tanto ese esas fue fui hubo sería eran unos estaría
    """,
    Language.PORTUGUESE: """
        o a os as um uma uns umas e ou mas não nao sim eu me mim meu minha meus minhas tu te teu
        tua você voce vocês vc vcs cê ele ela eles elas nós nos gente se seu sua seus suas lhe
        isso isto esse essa este esta aquele aquela que quê quem como quando onde por porque
        porquê qual é são sou era foi ser está estão estou tá tô to tão estava tava estar tem
        tenho têm tinha ter temos faço faz fazer fez feito vou vai vamos vão ir ia posso pode
        podem quero quer querem sei sabe disse dizer fala falou acho ver vejo de do da dos das
        no na nos nas em num numa com sem para pra pro sobre entre até desde muito muita mais
        menos pouco já também ainda sempre nunca agora hoje amanhã ontem depois antes aqui aí
        ali lá assim bem mal então pois nada algo tudo todos alguém ninguém obrigado obrigada
        valeu oi olá tchau blz beleza mano cara véi né pera bora tmj pq tb mto kkk rs bom
        jogar jogo joga olha olhar deixa deixar espera esperar chegar chega cheguei passa passou
        pegar pega ficar fica ficou trocar colocar dia noite tarde tempo vez vezes coisa coisas
        mesmo mesma melhor pior enquanto cada tão tanto houve foram fiz seria eram outro outra
    """,
    Language.ITALIAN: """
        il lo la i gli le l un uno una e o ma non no sì si io mi me mio mia miei mie tu ti te tuo
        tua lui lei noi ci voi vi loro suo sua suoi ne questo questa questi quello quella quelli
        che chi cosa cos come quando dove perché perche quale è e' sono sei siamo siete era ero
        essere ho hai ha abbiamo avete hanno aveva avere faccio fai fa fare fatto fanno vado vai
        va andare andiamo vanno posso puoi può possiamo voglio vuoi vuole devo devi deve so sai
        sa detto dire dice credo penso vedo vediamo di del della dei delle dell da dal dalla a
        al alla in nel nella con senza per su sul sulla tra fra molto troppo più meno poco già
        anche ancora sempre mai ora adesso oggi domani ieri dopo prima qui qua lì là così bene
        male se allora quindi niente qualcosa tutto tutti qualcuno nessuno grazie prego ciao
        scusa scusate boh dai ragazzi raga bello magari però pure proprio sto stai sta stiamo
        stanno c'è beh cmq xké
        giocare gioco gioca guarda guardare lascia lasciare aspetta aspettare arriva arrivare tocca
        torno torna metti messo prendi giorno notte sera mattina tempo volta volte cosa cose gente
        stesso stessa meglio peggio mentre ogni tanto altro altra altri stato stata avrei sarebbe
    """,
}

WORDS: Final[Mapping[str, frozenset[Language]]] = {
    word: frozenset(language for language, words in _LISTS.items() if word in words.split())
    for words in _LISTS.values()
    for word in words.split()
}
"""The languages in which a word, without case, is one of the usual ones."""

LETTERS: Final[Mapping[str, frozenset[Language]]] = {
    letter: frozenset(languages)
    for letters, languages in (
        ("äöüß", (Language.GERMAN,)),
        ("ñ¿¡", (Language.SPANISH,)),
        ("ãõ", (Language.PORTUGUESE,)),
        ("ìò", (Language.ITALIAN,)),
        ("œîûëï", (Language.FRENCH,)),
        ("íóú", (Language.SPANISH, Language.PORTUGUESE)),
        ("áâ", (Language.SPANISH, Language.PORTUGUESE)),
        ("ç", (Language.FRENCH, Language.PORTUGUESE)),
        ("ê", (Language.FRENCH, Language.PORTUGUESE)),
        ("è", (Language.FRENCH, Language.ITALIAN)),
        ("àù", (Language.FRENCH, Language.ITALIAN)),
    )
    for letter in letters
}
"""The languages that a letter is for."""

LAUGHTER: Final = re.compile(
    rf"""
    (?P<{Language.SPANISH.name}>(?:ja){{2,}}j*|(?:je){{2,}}j*|(?:ji){{2,}})
    | (?P<{Language.PORTUGUESE.name}>k{{3,}}|(?:rs){{2,}})
    | (?P<{Language.ITALIAN.name}>(?:ah){{2,}}a?)
    | (?P<{Language.FRENCH.name}>p?t?mdr+|ptdr+)
    | a*(?:ha){{2,}}h*|(?:he){{2,}}|(?:hi){{3,}}|h+m+|u+h+|o+h+|a+h+|e+h+|w{{2,}}|x+d+|lo+l+|lma+o+
    | ro+fl+|gg|ggwp|wp|ez|glhf|hf|gl|nt|ns|ok|okay|okey|oki|k|kk|nice|bro|bruh|pog\w*|rip|sus|yo
    | wow|np|ty|f|op|lag|noob|pls|plz
    """,
    re.VERBOSE,
)
"""What tells nothing of the other words: laughing as in one language, named by a group, and what is
written alike everywhere."""
