"""The wishes to stop and to start again that people write, as patterns over folded words. Pure data.

A pattern is written with blanks and line breaks for reading; ``_`` is the blank between two words. Doubled
letters are single (``message`` is written ``mesage``), because the text is folded that way.
"""

from __future__ import annotations

import re


def _compile(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(re.sub(r"\s+", "", pattern).replace("_", " ") for pattern in patterns))


#: Courtesies that change nothing.
FILLERS = frozenset(
    word
    for line in (
        "por favor porfavor pf pfv pff pfvr please pls obrigado obrigada obg grato grata thanks thank you",
        "oi ola hi helo bom boa dia tarde noite gente amigo amiga moca moco senhor senhora",
        "agora ja ai aqui logo entao ok",
    )
    for word in line.split()
)

_MAIL = """(?:mensagem|mensagens|msg|msgs|sms|mesage|mesages|propaganda|propagandas|promocao|promocoes|anuncio
    |anuncios|divulgacao|spam|contato|contatos|coisas|nada|iso|avisos|novidades|ofertas|marketing|publicidade)"""
_THIS = """(?:da|de|do|das|dos|desa|deso|deses|desas|desta|deste|destas|destes|a|o|as|os|esas|eses|estas|estes
    |suas|seus|minhas|meus|mais)"""
_LIST = f"""(?:_{_THIS})?_(?:lista|grupo|cadastro|envio|envios|transmisao|{_MAIL}
    |lista_de_(?:transmisao|envio|envios|contatos|{_MAIL}))"""
_WANT = """(?:(?:eu_)?(?:quero|queria|gostaria_de|desejo|preciso|solicito|pode|podem|poderia|poderiam|como
    |como_faco_para|como_faco_pra)_)"""
_LEAVE = """(?:sair|sai|saia|descadastrar|descadastra|descadastre|descadastrem|desinscrever|remover|remova
    |remove|removam|tirar|tira|tire|tirem|retirar|retira|retire|excluir|exclui|exclua|excluam)"""
_MY_NUMBER = "(?:(?:meu|ese|este)_(?:numero|contato|telefone|nome|whatsap|zap|cadastro|celular))"
_CEASE = "(?:cancelar|cancela|cancele|cancelem|parar|pare|parem|para|param)"
_SEND = "(?:mandar|enviar|receber|encher|mandando|enviando)"

#: Counts only when the message says nothing else: the same words have other uses.
STOP_SHORT = _compile(
    f"{_WANT}?(?:me_)?(?:sair|parar|cancelar|descadastrar|desinscrever|stop)(?:_me)?",
    "sai|pare|parem|cancela|cancele|descadastra|descadastre|descadastro|remover|remove",
    "stop(?:_(?:al|it|now))?|stopal|unsubscribe|cancel|end|quit|opt_out|optout",
)

#: Counts wherever it is a whole clause.
STOP_CLEAR = _compile(
    # sair da lista, me tira desse grupo, remova meu número da lista
    f"{_WANT}?(?:me_)?{_LEAVE}(?:_(?:me|eu))?(?:_o|_a)?(?:_{_MY_NUMBER})?{_LIST}(?:_de_{_MAIL})?",
    f"{_WANT}?(?:me_)?{_LEAVE}_(?:o_)?{_MY_NUMBER}",
    # me descadastre, quero me descadastrar
    "(?:me_)?(?:descadastra|descadastre|descadastrem|remova|desinscreva)(?:_me)?",
    f"{_WANT}?(?:me_)?(?:descadastrar|desinscrever)(?:_me)?",
    # para de me mandar mensagem, cancelar o recebimento
    f"""{_WANT}?{_CEASE}_(?:a_|o_|as_|os_|com_|com_as_|com_os_|de_)?
        (?:(?:me_)?{_SEND}|inscricao|asinatura_de|recebimento|envio|envios)
        (?:_{_THIS})?(?:_me|_mim|_pra_mim|_para_mim)?(?:_{_THIS})?(?:_{_MAIL})?(?:_(?:pra|para)_mim)?""",
    f"{_WANT}?{_CEASE}_com_{_THIS}_{_MAIL}",
    # não quero mais receber mensagens de vocês, não autorizo receber
    f"""(?:eu_)?(?:nao|n|nunca)(?:_mais)?_(?:quero|queria|desejo|gostaria_de|pretendo|autorizo|aceito)(?:_mais)?
        _(?:receber|ser_contatado|ser_contatada|que_me_mandem)(?:_mais)?(?:_{_THIS})?(?:_{_MAIL})?
        (?:_{_THIS}_{_MAIL})?
        (?:_de_voces|_de_vcs|_suas|_desa_loja|_desa_empresa|_dese_numero|_deste_numero)?(?:_mais)?""",
    """(?:eu_)?(?:nao|n)_(?:quero|desejo)_mais_(?:esas_|eses_|suas_|seus_)?
        (?:mensagem|mensagens|msg|msgs|sms|propaganda|propagandas|promocoes|contato|spam)""",
    # não me mande mais nada
    f"""(?:nao|n|nunca_mais)(?:_me)?_(?:mande|mandem|manda|envie|enviem|envia|escreva|escrevam|contate|perturbe
        |perturbem|incomode)(?:_me)?(?:_mais)?(?:_{_MAIL})?(?:_mais)?""",
    "stop(?:_(?:sending|texting|mesaging|contacting|writing))(?:_to)?(?:_me)?(?:_(?:mesages|texts|sms))?",
    """unsubscribe_me(?:_from_(?:this|the|your|al)_(?:list|mesages|lists))?|remove_me
        |(?:take|remove)_me_(?:of|from|out_of)_(?:this|the|your)_list""",
    """(?:i_)?(?:do_not|dont|don_t)(?:_want)?(?:_to)?_(?:mesage|text|contact|receive)(?:_me)?(?:_any)?(?:_more)?
        (?:_(?:mesages|texts))?(?:_anymore)?""",
    "no_more_(?:mesages|texts|sms)",
)

START_SHORT = _compile(
    "voltar|start|unstop|subscribe|inscrever|reativar",
    "(?:eu_)?(?:quero|queria|gostaria_de|desejo|pode|podem)_voltar",
)

START_CLEAR = _compile(
    f"""{_WANT}?(?:voltar_a_receber|voltar_para_a_lista|voltar_pra_lista|voltar_a_lista|receber_novamente
        |receber_de_novo)(?:_{_THIS})?(?:_{_MAIL})?(?:_novamente|_de_novo)?""",
    f"(?:eu_)?(?:sim_)?quero_receber(?:_{_THIS})?_{_MAIL}(?:_novamente|_de_novo)?",
    "me_(?:cadastra|cadastre|inscreva|inscreve)(?:_novamente|_de_novo)?",
)

#: Every word of a wish or a courtesy. Most messages have another one in each clause, and need no closer look.
WORDS = FILLERS.union(
    *(re.findall("[a-z]+", known.pattern) for known in (STOP_SHORT, STOP_CLEAR, START_SHORT, START_CLEAR))
)
