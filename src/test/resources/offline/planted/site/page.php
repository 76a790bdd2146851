<?php
$id = $_GET['id'];
$rows = $db->query("SELECT * FROM pages WHERE id = $id");
$state = unserialize($_COOKIE['state']);
echo shell_exec('convert ' . $_GET['file'] . ' out.png');
