"""Pictures and files of a conversation: shown when they are what they say, saved where the person says."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog

from desktop.inbox.message_deeds import safe_name
from desktop.inbox.picture_viewer import PictureViewer
from engine.providers.inbound import MessageKind
from tests.desktop.inbox_desk import last, open_view
from tests.fakes.inbox_world import make_inbox, send_file
from tests.fakes.poll import until


def png(width: int, height: int) -> bytes:
    buffer = QBuffer()
    QImage(width, height, QImage.Format.Format_RGB32).save(buffer, "PNG")
    return bytes(buffer.data().data())


def test_point_22_a_picture_comes_by_itself_and_opens_as_large_as_the_window(
    run_qt, server, shop, surroundings, show, qtbot
) -> None:
    (ana,) = server.run(make_inbox, server.engine, shop, "Ana")
    size = {"width": 640, "height": 480}
    server.run(send_file, server.engine, shop, ana, png(640, 480), kind=MessageKind.IMAGE, **size)

    async def scenario() -> None:
        view = await open_view(surroundings, show, ana.conversation_id)
        deeds, (file,) = view.pane.deeds, last(view).files
        await until(lambda: deeds._files.pictures.get(file) is not None)
        deeds.enlarge(file)
        viewer = view.findChild(PictureViewer)
        await until(lambda: viewer._picture is not None)
        assert (viewer._picture.width(), viewer.grab().width() > 0) == (640, True)
        assert not viewer.next.isEnabled()
        qtbot.keyClick(viewer, Qt.Key.Key_Right)
        qtbot.keyClick(viewer, Qt.Key.Key_Escape)
        assert not viewer.isVisible()
        await surroundings.session.close()

    run_qt(scenario())


def test_a_file_is_saved_where_the_person_says_whole_or_not_at_all(
    run_qt, server, shop, surroundings, show, tmp_path
) -> None:
    (ana,) = server.run(make_inbox, server.engine, shop, "Ana")
    told = {"kind": MessageKind.DOCUMENT, "name": "../nota.pdf"}
    server.run(send_file, server.engine, shop, ana, b"%PDF-1.7", **told)

    async def scenario() -> None:
        view = await open_view(surroundings, show, ana.conversation_id)
        (file,) = last(view).files
        view.pane.deeds.ask_where(file)
        dialog = view.findChild(QFileDialog)
        dialog.fileSelected.emit(str(tmp_path / safe_name(file)))
        dialog.reject()
        await until((tmp_path / "nota.pdf").exists)
        assert (tmp_path / "nota.pdf").read_bytes() == b"%PDF-1.7"
        assert [path.name for path in tmp_path.glob("*.partial")] == []
        await surroundings.session.close()

    run_qt(scenario())


def test_a_file_that_is_no_picture_is_said_to_be_none(run_qt, server, shop, surroundings, show) -> None:
    (ana,) = server.run(make_inbox, server.engine, shop, "Ana")
    broken = png(64, 64)[:60]
    server.run(send_file, server.engine, shop, ana, broken, kind=MessageKind.IMAGE, mime="image/png")

    async def scenario() -> None:
        view, told = await open_view(surroundings, show, ana.conversation_id), []
        surroundings.notices.toasted.connect(lambda toast: told.append(toast.text))
        pictures, (file,) = view.pane.deeds._files.pictures, last(view).files
        await until(lambda: pictures.has_failed(file.id))
        view.pane.deeds._files.enlarge(file)
        await until(lambda: told == ["Este arquivo não pode ser mostrado. Salve para ver."])
        await surroundings.session.close()

    run_qt(scenario())
