"""What people write around keywords: wording that means stop, that asks, and that is neither."""

from messaging.keywords import Keyword

_NEAR_ENGLISH = """
please stop texting me
stop please
please stop
just stop
stop. thank you
Stop, I need to rest
No. Stop.
stop sending me these
quit sending
stop the messages
stop these reminders
stop writing me
stop calling here
quit bothering us
can you please stop
will you stop it
can you stop now
I want this to stop
I want to opt out
I would like to unsubscribe
I said stop
I already told you to stop
no thank you stop
end texts
cancel all messages please
no texts
no more texts
dont text
remove from list
I never signed up for this
ur texting the wrong number
This number doesn't belong to Maria
Maria no longer has this number
no more of these messages please
don't text me
do not contact me again
don't write to me
dont call me anymore
never message us again
do not send me any more texts
don't send me anything
I don't want these texts
I do not want to receive your messages
I didn't sign up for text messages
I no longer need reminders
I don't want to be contacted
take me off the list
take my number off your list
remove me from your texts
get me out of this system
remove me
take us off
delete my number
lose this number
leave me alone
wrong number, leave me alone
wrong number
Sorry, wrong person
You have the wrong number
this is the wrong number
this is not her phone
It isn't my number
that's not my number
go away
how do I unsubscribe
opt me out of everything
I revoke my consent
I withdraw all permission
this is spam
you are harassing me
I will report you
blocking this number
I am done with these texts
I'm not interested in your texting service
HELP me and stop texting
cancel please
please cancel
quit, thanks
ok stop
""".strip().splitlines()
SHOUTED_STOP = ["please STOP this bill", "My wife and I say STOP to you", "Mrs. Lee says STOP"]
_NEAR_SPANISH = """
no me escriba más
No me contacten
por favor no me molesten
no nos textee
no me mande más mensajes
no me envíen nada
No me mande más
no me manden esos mensajes por favor
No manden más mensajes
no me text mas
no vuelva a escribirme
stop los mensajes
No mensajes por favor
dejen de fregar
equivocado
Este número no es de María
deje de escribirme
dejen de mandar mensajes
Basta de mensajes
paren de molestar
déjeme en paz
déjenos tranquilos
bórreme
quítenme de la lista
borre mi número
número equivocado
persona equivocada
se equivocó de número
Este no es mi teléfono
ya no quiero mensajes
no quiero recibir estos recordatorios
No deseo que me escriban
no más de esos mensajes
ya no más textos
quiero darme de baja
denme de baja
retiro mi consentimiento
cancele los mensajes
detengan ya todos los mensajes
esto es acoso
basta
ya basta
no más
para ya
pare por favor
alto, por favor
""".strip().splitlines()
NEAR_STOP = [(body, "en") for body in _NEAR_ENGLISH] + [(body, "es") for body in _NEAR_SPANISH]

ORDINARY = """
I'll stop by at 3
I can stop in tomorrow
don't stop my meds
Do I stop the insulin?
should I stop taking it before surgery
the nurse said stop taking it
I said stop by the office
no text came through
I never asked for a refill
The doctor told me to stop smoking
I can't stop coughing
My bus stop is far from the clinic
my nose won't stop bleeding
when does it end?
at the end of the month
the weekend works
don't stop texting me
please don't ever stop the reminders
why did you stop texting me?
I don't want you to stop sending reminders
I don't want to miss your message
did you cancel my visit?
Cancel. I can't come Tuesday
I need to cancel my appointment
I quit smoking in May
they removed the cast
please remove the mole
take me off the blood pressure pill
stop sending my prescriptions to the old pharmacy
I gave you the wrong number for my pharmacy
the pharmacy has the wrong dose
I start work at 8
can we start physical therapy
we moved to the start of the street
the information desk was closed
my daughter will join me
I got it
yes
Yes please
no
not yet
1
3
who is this?
I don't have a ride
don't call before noon
nobody called me
he left me alone at the clinic
the td bank on Main
no me mandaron la receta
no me mande la medicina a esa dirección
no me llamaron
no me escribieron la receta
no dejen de escribirme
no quiero perder sus mensajes
¿puedo dejar de tomarla?
me dieron de alta ayer
me van a dar de baja del seguro
tengo la presión baja
mi hijo es muy alto
al fin llegó
el fin de semana
voy a salir a las tres
para mañana
es para mi mamá
no es mi número de seguro
ese no es mi número de Medicaid
sí
todavía no
ya no
ya llegó
necesito cancelar mi cita
¿cuándo termina?
""".strip().splitlines()

ASKED = [
    ("start please", Keyword.START, "en"),
    ("please start texting me again", Keyword.START, "en"),
    ("resume the reminders", Keyword.START, "en"),
    ("start sending me messages again", Keyword.START, "en"),
    ("text me again", Keyword.START, "en"),
    ("I want to opt back in", Keyword.START, "en"),
    ("quiero recibir los mensajes otra vez", Keyword.START, "es"),
    ("dar de alta", Keyword.START, "es"),
    ("help please", Keyword.HELP, "en"),
    ("I need help", Keyword.HELP, "en"),
    ("can someone help me?", Keyword.HELP, "en"),
    ("need more info", Keyword.HELP, "en"),
    ("help with my ride please", Keyword.HELP, "en"),
    ("ayuda por favor", Keyword.HELP, "es"),
    ("Necesito ayuda", Keyword.HELP, "es"),
    ("me puede ayudar", Keyword.HELP, "es"),
    ("¡Ayúdenme!", Keyword.HELP, "es"),
    ("más información", Keyword.HELP, "es"),
    ("ayuda con mi cita", Keyword.HELP, "es"),
    ("join please", Keyword.JOIN, "en"),
    ("I want to join", Keyword.JOIN, "en"),
    ("sign me up", Keyword.JOIN, "en"),
    ("quiero unirme", Keyword.JOIN, "es"),
]
