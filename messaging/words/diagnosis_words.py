"""Illnesses, states and treatments that a text must not name, in English and Spanish.

Written as `plain_words.plain` leaves them; plurals are found too. Words of everyday talk (pain, test,
blood, visit) may be said.
"""

from __future__ import annotations

_ENGLISH = """
diabetes diabetic prediabetes hypertension hypertensive hypotension hyperlipidemia cancer tumor tumour
leukemia lymphoma melanoma carcinoma metastasis oncology chemo chemotherapy radiotherapy biopsy
hiv hepatitis cirrhosis tuberculosis covid pneumonia sepsis mrsa malaria
depression depressed anxiety bipolar schizophrenia psychosis psychotic psychiatric psychiatrist psychiatry
suicide suicidal autism autistic adhd ptsd anorexia bulimia
asthma copd emphysema stroke dementia alzheimer alzheimers parkinson parkinsons epilepsy epileptic
seizure neuropathy angina arrhythmia cardiomyopathy
pregnancy pregnant miscarriage abortion infertility contraception contraceptive menopause endometriosis
std sti chlamydia gonorrhea syphilis herpes hpv
addiction addict alcoholism alcoholic opioid opiate overdose detox rehab
dialysis nephropathy obesity obese lupus arthritis osteoporosis fibromyalgia anemia hemophilia
thyroid hypothyroidism hyperthyroidism psoriasis eczema glaucoma cataract gout hernia colonoscopy
mammogram a1c hba1c incontinence impotence
"""
_SPANISH = """
diabetico diabetica prediabetes hipertension hipotension hipertenso hipertensa colesterol triglicerido
tumor leucemia linfoma carcinoma oncologia oncologo quimioterapia quimio radioterapia biopsia
vih sida hepatitis cirrosis neumonia sepsis paludismo
depresion deprimido deprimida ansiedad esquizofrenia psicosis psiquiatra psiquiatria psiquiatrico
suicidio autismo autista anorexia
asma epoc enfisema demencia epilepsia convulsion neuropatia arritmia
embarazo embarazada aborto infertilidad anticonceptivo menopausia endometriosis
clamidia gonorrea sifilis papiloma
adiccion adicto adicta alcoholismo alcoholico alcoholica opioide opiaceo sobredosis desintoxicacion
dialisis nefropatia obesidad obeso obesa artritis osteoporosis fibromialgia hemofilia
tiroides hipotiroidismo hipertiroidismo eccema catarata hernia colonoscopia mamografia
incontinencia impotencia
"""
WORDS = frozenset((_ENGLISH + _SPANISH).split())

PHRASES = (
    "high blood pressure",
    "blood pressure",
    "blood sugar",
    "high cholesterol",
    "heart failure",
    "heart attack",
    "heart disease",
    "kidney disease",
    "kidney failure",
    "liver disease",
    "sickle cell",
    "multiple sclerosis",
    "mental health",
    "behavioral health",
    "mental illness",
    "substance use",
    "substance abuse",
    "drug use",
    "drug abuse",
    "drug test",
    "drinking problem",
    "birth control",
    "pap smear",
    "sexually transmitted",
    "domestic violence",
    "eating disorder",
    "memory loss",
    "blood thinner",
    "blood clot",
    "hospice care",
    "presion alta",
    "alta presion",
    "presion arterial",
    "azucar en la sangre",
    "insuficiencia cardiaca",
    "ataque al corazon",
    "infarto",
    "enfermedad del corazon",
    "enfermedad del rinon",
    "enfermedad renal",
    "insuficiencia renal",
    "enfermedad del higado",
    "esclerosis multiple",
    "salud mental",
    "salud conductual",
    "uso de sustancias",
    "consumo de drogas",
    "abuso de drogas",
    "control natal",
    "transmision sexual",
    "violencia domestica",
    "trastorno alimenticio",
    "perdida de memoria",
    "derrame cerebral",
)

# Everyday words in lower case ("hearing aids"), illnesses in capitals.
CAPITALS = frozenset({"AIDS", "TB", "UTI", "CKD", "CHF", "AFIB", "PrEP", "OCD", "DVT", "ITU"})
