"""Names of medicines that a text must not carry: generic and brand, English and Spanish.

The list holds what primary care prescribes most and what tells most about a person; the endings catch
their many relatives. "Medicine" and "medicamento" themselves may be said.
"""

from __future__ import annotations

_GENERIC = """
acetaminophen paracetamol acetaminofen acyclovir aciclovir albuterol salbutamol alendronate allopurinol
alopurinol alprazolam amiodarone amitriptyline amitriptilina amlodipine amlodipino amoxicillin amoxicilina
amphetamine anfetamina apixaban aripiprazole aspirin aspirina atenolol atomoxetine atorvastatin
atorvastatina azathioprine azithromycin azitromicina baclofen benazepril benzonatate bictegravir bisoprolol
budesonide bumetanide buprenorphine buprenorfina bupropion buspirone candesartan captopril carbamazepine
carbamazepina carisoprodol carvedilol cefalexin cephalexin cefalexina cetirizine chlorthalidone
ciprofloxacin ciprofloxacino citalopram clindamycin clonazepam clonidine clopidogrel clozapine codeine
codeina colchicine cyclobenzaprine dapagliflozin desvenlafaxine dexamethasone dextroamphetamine diazepam
diclofenac digoxin digoxina diltiazem diphenhydramine divalproex dolutegravir donepezil doxazosin
doxycycline doxiciclina duloxetine dulaglutide efavirenz empagliflozin emtricitabine enalapril entecavir
enoxaparin escitalopram esomeprazole estradiol eszopiclone etanercept exenatide ezetimibe famotidine
fenofibrate fentanyl fentanilo finasteride fluconazole fluconazol fluoxetine fluoxetina fluticasone
furosemide furosemida gabapentin gabapentina glimepiride glimepirida glipizide glyburide
glibenclamida haloperidol heparin heparina hydralazine hydrochlorothiazide hidroclorotiazida hydrocodone
hydroxychloroquine hidroxicloroquina hydroxyzine ibuprofen ibuprofeno indomethacin insulin insulina
ipratropium irbesartan isosorbide isotretinoin ivermectin ivermectina ketorolac labetalol lacosamide
lamivudine lamotrigine lamotrigina lansoprazole latanoprost letrozole levetiracetam levofloxacin
levothyroxine levotiroxina linagliptin liraglutide lisdexamfetamine lisinopril lithium litio loratadine
loratadina lorazepam losartan lovastatin medroxyprogesterone meloxicam memantine metformin metformina
methadone metadona methocarbamol methotrexate metotrexato methylphenidate metilfenidato methylprednisolone
metoclopramide metoprolol metronidazole metronidazol mirtazapine misoprostol mifepristone modafinil
montelukast morphine morfina naloxone naloxona naltrexone naltrexona naproxen naproxeno nifedipine
nitrofurantoin nitroglycerin nitroglicerina nortriptyline olanzapine olanzapina olmesartan omeprazole
omeprazol ondansetron oseltamivir oxcarbazepine oxybutynin oxycodone oxicodona paliperidone pantoprazole
paroxetine paroxetina penicillin penicilina phenobarbital phentermine fentermina phenytoin fenitoina
pioglitazone pramipexole prasugrel pravastatin prednisolone prednisone prednisona pregabalin promethazine
propranolol quetiapine quetiapina quinapril raloxifene ramipril ranitidine ranitidina risperidone
risperidona rivaroxaban ropinirole rosuvastatin rosuvastatina sacubitril semaglutide semaglutida
sertraline sertralina sildenafil simvastatin simvastatina sitagliptin sofosbuvir spironolactone
espironolactona sumatriptan tadalafil tamoxifen tamsulosin temazepam tenofovir terazosin testosterone
testosterona tiotropium tirzepatide tizanidine topiramate topiramato torsemide tramadol trazodone
trazodona triamcinolone valacyclovir valaciclovir valproate valsartan varenicline venlafaxine verapamil
vilazodone vortioxetine warfarin warfarina zidovudine ziprasidone zolpidem
"""
_BRANDS = """
abilify accutane adderall advair advil aleve ambien atripla ativan benadryl biktarvy botox byetta celebrex
celexa chantix cialis concerta coumadin cozaar crestor cymbalta depakote provera descovy dilaudid
effexor eliquis entresto enbrel epclusa epipen farxiga flonase focalin glucophage glucotrol harvoni humalog
humira humulin imitrex invokana januvia jardiance keppra klonopin lamictal lantus lasix levemir levitra
lexapro lipitor lyrica mounjaro motrin mucinex naloxone narcan neurontin nexium norco norvasc novolog ozempic
paxil paxlovid percocet plaquenil plavix pradaxa prilosec prozac remeron restoril risperdal ritalin
rybelsus saxenda seroquel singulair spiriva strattera suboxone subutex symbicort symtuza synthroid tamiflu
tivicay topamax toujeo tradjenta tresiba trulicity truvada tylenol ultram valium valtrex ventolin viagra
vicodin victoza vivitrol vyvanse wegovy wellbutrin xanax xarelto zantac zepbound zestril zithromax zocor
zoloft zyprexa zyrtec
"""
NAMES = frozenset((_GENERIC + _BRANDS).split())

# Words of six letters or more with these endings are medicines, in both languages.
ENDINGS = (
    r"\w{2,}(?:statin|statina|sartan|prazole|prazol|cillin|cilina|mycin|micina|floxacin|floxacino"
    r"|gliptin|gliptina|gliflozin|gliflozina|glutide|glutida|glitazone|glitazona|azepam|azolam"
    r"|oxetine|oxetina|triptyline|triptilina|triptan|setron|dronate|dronato|parin|parina|xaban"
    r"|tinib|zumab|ximab|mumab|tegravir|buvir|ciclovir|cyclovir|conazole|conazol|thiazide|tiazida"
    r"|olol|vudine|vudina|peridone|peridona|apine|apina)"
)
