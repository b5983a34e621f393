"""The main job from end to end over real HTTP, played by people of its own: `manage.py journey`.

It uses the product as people and hosts do: pages and their forms, OAuth, DRS. It imports no model and no service.
"""
